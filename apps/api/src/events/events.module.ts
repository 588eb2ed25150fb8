import { Module } from '@nestjs/common';
import { EventHub } from './event-hub.ts';
import { EventsController } from './events.controller.ts';

/** `/v1/events`. */
@Module({ controllers: [EventsController], providers: [EventHub] })
export class EventsModule {}
