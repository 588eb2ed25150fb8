import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { CallsModule } from './calls/calls.module.ts';
import { DashboardModule } from './dashboard/dashboard.module.ts';
import { DocsModule } from './docs/docs.module.ts';
import { EventsModule } from './events/events.module.ts';
import { HealthModule } from './health/health.module.ts';
import { HooksModule } from './hooks/hooks.module.ts';
import { NodesModule } from './nodes/nodes.module.ts';
import { OutputsModule } from './outputs/outputs.module.ts';
import { PartsModule } from './parts.module.ts';
import type { OwnParts } from './parts.module.ts';
import type { ApiParts } from './tokens.ts';
import { PreviewModule } from './preview/preview.module.ts';
import { TenantsModule } from './tenants/tenants.module.ts';
import { QueuesModule } from './queues/queues.module.ts';
import { TrunksModule } from './trunks/trunks.module.ts';
import { WcsModule } from './wcs/wcs.module.ts';

/** The whole API. */
@Module({
  imports: [
    CallsModule,
    OutputsModule,
    TrunksModule,
    HooksModule,
    TenantsModule,
    PreviewModule,
    EventsModule,
    WcsModule,
    NodesModule,
    QueuesModule,
    HealthModule,
    DashboardModule,
    DocsModule,
  ],
})
export class AppModule {
  static with(parts: ApiParts, own: OwnParts): DynamicModule {
    return { module: AppModule, imports: [PartsModule.with(parts, own)] };
  }
}
