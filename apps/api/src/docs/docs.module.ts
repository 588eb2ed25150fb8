import { Module } from '@nestjs/common';
import { DocsController } from './docs.controller.ts';
import { OpenApiHolder } from './openapi-document.ts';

/** `/openapi.json` and `/docs`. */
@Module({ controllers: [DocsController], providers: [OpenApiHolder], exports: [OpenApiHolder] })
export class DocsModule {}
