import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.ts';
import { OutputCheckDesk } from './output-check-desk.ts';
import { OutputCheckController } from './output-check.controller.ts';
import { OutputDesk } from './output-desk.ts';
import { OutputsController } from './outputs.controller.ts';

/** `/v1/calls/{id}/outputs` and `/v1/outputs/check`. */
@Module({
  imports: [CallsModule],
  controllers: [OutputsController, OutputCheckController],
  providers: [OutputDesk, OutputCheckDesk],
  exports: [OutputDesk],
})
export class OutputsModule {}
