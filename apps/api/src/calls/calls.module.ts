import { Module } from '@nestjs/common';
import { FiguresModule } from '../figures/figures.module.ts';
import { CallDesk } from './call-desk.ts';
import { CallDispatch } from './call-dispatch.ts';
import { CallsController } from './calls.controller.ts';

/** `/v1/calls`. */
@Module({
  imports: [FiguresModule],
  controllers: [CallsController],
  providers: [CallDesk, CallDispatch],
  exports: [CallDesk],
})
export class CallsModule {}
