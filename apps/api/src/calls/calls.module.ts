import { Module } from '@nestjs/common';
import { FiguresModule } from '../figures/figures.module.ts';
import { TrunksModule } from '../trunks/trunks.module.ts';
import { AnswerWaits } from './answer-waits.ts';
import { CallBatchController } from './call-batch.controller.ts';
import { CallBatch } from './call-batch.ts';
import { CallDesk } from './call-desk.ts';
import { CallFilters } from './call-filters.ts';
import { CallDispatch } from './call-dispatch.ts';
import { CallCommands } from './call-commands.ts';
import { CallRoom } from './call-room.ts';
import { CommandAnswers } from './command-answers.ts';
import { CommandsController } from './commands.controller.ts';
import { KnownCalls } from './known-calls.ts';
import { CallsController } from './calls.controller.ts';
import { SipMessagesController } from './sip-messages.controller.ts';
import { TargetsInUse } from './targets-in-use.ts';

/** `/v1/calls`. */
@Module({
  imports: [FiguresModule, TrunksModule],
  controllers: [CallsController, CallBatchController, CommandsController, SipMessagesController],
  providers: [
    AnswerWaits,
    CallBatch,
    CallCommands,
    CallDesk,
    CallDispatch,
    CallFilters,
    CallRoom,
    CommandAnswers,
    KnownCalls,
    TargetsInUse,
  ],
  exports: [AnswerWaits, CallCommands, CallDesk, CommandAnswers, KnownCalls, TargetsInUse],
})
export class CallsModule {}
