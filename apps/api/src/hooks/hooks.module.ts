import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.ts';
import { CallDeliveriesController } from './call-deliveries.controller.ts';
import { DeliveriesController } from './deliveries.controller.ts';
import { HookDesk } from './hook-desk.ts';
import { HookTestDesk } from './hook-test-desk.ts';
import { HooksController } from './hooks.controller.ts';
import { KnownHooks } from './known-hooks.ts';

/** `/v1/hooks` and `/v1/calls/{id}/deliveries`. */
@Module({
  imports: [CallsModule],
  controllers: [HooksController, DeliveriesController, CallDeliveriesController],
  providers: [KnownHooks, HookDesk, HookTestDesk],
})
export class HooksModule {}
