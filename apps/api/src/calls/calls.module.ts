import { Module } from '@nestjs/common';
import { CallDesk } from './call-desk.ts';
import { CallDispatch } from './call-dispatch.ts';
import { CallsController } from './calls.controller.ts';

/** `/v1/calls`. */
@Module({
  controllers: [CallsController],
  providers: [CallDesk, CallDispatch],
  exports: [CallDesk],
})
export class CallsModule {}
