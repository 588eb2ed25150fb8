import { Module } from '@nestjs/common';
import { PreviewRelay } from './preview-relay.ts';
import { PreviewController } from './preview.controller.ts';

/** `/v1/calls/{id}/preview.flv`. */
@Module({ controllers: [PreviewController], providers: [PreviewRelay] })
export class PreviewModule {}
