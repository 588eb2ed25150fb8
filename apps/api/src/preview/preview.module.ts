import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.ts';
import { PreviewRelay } from './preview-relay.ts';
import { PreviewController } from './preview.controller.ts';

/** `/v1/calls/{id}/preview.flv`. */
@Module({ imports: [CallsModule], controllers: [PreviewController], providers: [PreviewRelay] })
export class PreviewModule {}
