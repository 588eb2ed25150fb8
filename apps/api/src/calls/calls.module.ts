import { Module } from '@nestjs/common';
import { FiguresModule } from '../figures/figures.module.ts';
import { CallDesk } from './call-desk.ts';
import { CallDispatch } from './call-dispatch.ts';
import { CommandAnswers } from './command-answers.ts';
import { KnownCalls } from './known-calls.ts';
import { CallsController } from './calls.controller.ts';

/** `/v1/calls`. */
@Module({
  imports: [FiguresModule],
  controllers: [CallsController],
  providers: [CallDesk, CallDispatch, CommandAnswers, KnownCalls],
  exports: [CallDesk, CommandAnswers, KnownCalls],
})
export class CallsModule {}
