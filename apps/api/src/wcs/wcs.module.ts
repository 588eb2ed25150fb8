import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.ts';
import { OutputsModule } from '../outputs/outputs.module.ts';
import { WcsCalls } from './wcs-calls.ts';
import { WcsController } from './wcs.controller.ts';
import { Wcs5PushController } from './wcs5-push.controller.ts';
import { Wcs5Controller } from './wcs5.controller.ts';

/** `/RESTCall` and `/rest-api`. */
@Module({
  imports: [CallsModule, OutputsModule],
  controllers: [WcsController, Wcs5Controller, Wcs5PushController],
  providers: [WcsCalls],
})
export class WcsModule {}
