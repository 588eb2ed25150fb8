import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.ts';
import { WcsController } from './wcs.controller.ts';

/** `/RESTCall`. */
@Module({ imports: [CallsModule], controllers: [WcsController] })
export class WcsModule {}
