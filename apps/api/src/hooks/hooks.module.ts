import { Module } from '@nestjs/common';
import { DeliveriesController } from './deliveries.controller.ts';
import { HookDesk } from './hook-desk.ts';
import { HookTestDesk } from './hook-test-desk.ts';
import { HooksController } from './hooks.controller.ts';
import { KnownHooks } from './known-hooks.ts';

/** `/v1/hooks`. */
@Module({
  controllers: [HooksController, DeliveriesController],
  providers: [KnownHooks, HookDesk, HookTestDesk],
})
export class HooksModule {}
