import { Module } from '@nestjs/common';
import { CallFigures } from './call-figures.ts';
import { HealthController } from './health.controller.ts';

/** `/livez`, `/readyz`, `/metrics`. */
@Module({ controllers: [HealthController], providers: [CallFigures] })
export class HealthModule {}
