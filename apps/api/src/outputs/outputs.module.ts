import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.ts';
import { OutputDesk } from './output-desk.ts';
import { OutputsController } from './outputs.controller.ts';

/** `/v1/calls/{id}/outputs`. */
@Module({
  imports: [CallsModule],
  controllers: [OutputsController],
  providers: [OutputDesk],
})
export class OutputsModule {}
