import { Module } from '@nestjs/common';
import { DashboardModule } from '../dashboard/dashboard.module.ts';
import { DocsController } from './docs.controller.ts';
import { OpenApiHolder } from './openapi-document.ts';

/** `/openapi.json` and `/docs`. */
@Module({
  imports: [DashboardModule],
  controllers: [DocsController],
  providers: [OpenApiHolder],
  exports: [OpenApiHolder],
})
export class DocsModule {}
