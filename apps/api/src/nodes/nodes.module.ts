import { Module } from '@nestjs/common';
import { NodesController } from './nodes.controller.ts';

/** `/v1/nodes`. */
@Module({ controllers: [NodesController] })
export class NodesModule {}
