import { Module } from '@nestjs/common';
import { QueueFigures } from './queue-figures.ts';
import { QueueLook } from './queue-look.ts';
import { QueuesController } from './queues.controller.ts';

/** `/v1/queues`, and the same in `/metrics`. */
@Module({ controllers: [QueuesController], providers: [QueueLook, QueueFigures] })
export class QueuesModule {}
