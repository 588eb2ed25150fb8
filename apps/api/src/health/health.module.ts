import { Module } from '@nestjs/common';
import { CallFigures } from './call-figures.ts';
import { HealthController } from './health.controller.ts';
import { QueueFigures } from './queue-figures.ts';

/** `/livez`, `/readyz`, `/metrics`. */
@Module({ controllers: [HealthController], providers: [CallFigures, QueueFigures] })
export class HealthModule {}
