import { Inject, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { ServiceGroup } from '#foundation';

const SERVICES = Symbol('services');

/** The Nest context of a worker: starts its services in order, stops them in reverse. */
@Module({})
export class WorkerModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(SERVICES) private readonly services: ServiceGroup) {}

  static with(services: ServiceGroup): DynamicModule {
    return { module: WorkerModule, providers: [{ provide: SERVICES, useValue: services }] };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.services.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.services.stop();
  }
}
