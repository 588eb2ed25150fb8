import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Registry } from 'prom-client';
import { withDeadline } from '#foundation';
import type { Timers } from '#foundation';
import { AccessBy } from '../http/access.ts';
import { TOKENS } from '../tokens.ts';
import type { Dependency } from '../tokens.ts';

const CHECK_MS = 2_000;

/** What `/readyz` says. */
interface Readiness {
  readonly ready: boolean;
  /** Names of what cannot be reached. */
  readonly missing: readonly string[];
}

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    @Inject(TOKENS.dependencies) private readonly dependencies: readonly Dependency[],
    @Inject(TOKENS.timers) private readonly timers: Timers,
    @Inject(TOKENS.metrics) private readonly metrics: Registry,
  ) {}

  @Get('livez')
  @AccessBy('open')
  @ApiOperation({ summary: 'Whether the process lives.' })
  live(): { readonly live: true } {
    return { live: true };
  }

  @Get('readyz')
  @AccessBy('open')
  @ApiOperation({ summary: 'Whether requests can be served, and what is missing.' })
  @ApiResponse({ status: 200, description: 'Ready.' })
  @ApiResponse({ status: 503, description: 'Something is missing.' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const names = await Promise.all(this.dependencies.map((one) => this.#missing(one)));
    const missing = names.filter((name) => name !== undefined);
    void reply.code(missing.length === 0 ? 200 : 503);
    return { ready: missing.length === 0, missing };
  }

  @Get('metrics')
  @AccessBy('open')
  @ApiOperation({ summary: 'Figures for Prometheus.' })
  @ApiProduces('text/plain')
  async figures(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.metrics.contentType);
    return await this.metrics.metrics();
  }

  async #missing(dependency: Dependency): Promise<string | undefined> {
    try {
      await withDeadline(this.timers, CHECK_MS, dependency.name, dependency.check());
      return undefined;
    } catch {
      return dependency.name;
    }
  }
}
