import { Module } from '@nestjs/common';
import { KnownTrunks } from './known-trunks.ts';
import { TrunkDesk } from './trunk-desk.ts';
import { TrunkTestDesk } from './trunk-test-desk.ts';
import { TrunksController } from './trunks.controller.ts';

/** `/v1/trunks`. */
@Module({
  controllers: [TrunksController],
  providers: [KnownTrunks, TrunkDesk, TrunkTestDesk],
  exports: [KnownTrunks],
})
export class TrunksModule {}
