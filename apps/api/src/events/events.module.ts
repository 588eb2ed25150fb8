import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.ts';
import { FiguresModule } from '../figures/figures.module.ts';
import { EventHub } from './event-hub.ts';
import { EventsController } from './events.controller.ts';

/** `/v1/events`. */
@Module({
  imports: [FiguresModule, CallsModule],
  controllers: [EventsController],
  providers: [EventHub],
})
export class EventsModule {}
