import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import { withDeadline } from '#foundation';
import type { NodeRegistry } from '#domain';
import type { Timers } from '#foundation';
import { Answers, AnswersText } from '../docs/answers.ts';
import { AccessBy } from '../http/access.ts';
import { Life } from '../http/life.ts';
import { TOKENS } from '../tokens.ts';
import type { Dependency } from '../tokens.ts';

const CHECK_MS = 2_000;
/** Told as missing by a process that is about to end. */
const STOPPING = 'stopping';

const names = z.array(z.string());

/** What `/livez` says. */
const livenessSchema = z.object({ live: z.literal(true) }).meta({ id: 'Liveness' });

/** What `/readyz` says. */
const readinessSchema = z
  .object({
    ready: z.boolean(),
    missing: names.describe(
      'What cannot be reached and is needed to take calls; `stopping` of a process that is about to end.',
    ),
    degraded: names.describe('What cannot be reached and can be done without for a while.'),
    nodes: z
      .object({
        running: z.int().describe('Worker processes heard of in the last 15 s.'),
        takingCalls: z.int().describe('How many of them take calls; without any, calls wait.'),
      })
      .nullable()
      .describe('Null when the store cannot be asked.'),
  })
  .meta({ id: 'Readiness' });
type Readiness = z.output<typeof readinessSchema>;

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    @Inject(TOKENS.dependencies) private readonly dependencies: readonly Dependency[],
    @Inject(TOKENS.timers) private readonly timers: Timers,
    @Inject(TOKENS.metrics) private readonly metrics: Registry,
    @Inject(TOKENS.nodes) private readonly nodes: NodeRegistry,
    @Inject(Life) private readonly life: Life,
  ) {}

  @Get('livez')
  @AccessBy('open')
  @ApiOperation({ summary: 'Whether the process lives.' })
  @Answers(200, livenessSchema, 'It lives.')
  live(): z.output<typeof livenessSchema> {
    return { live: true };
  }

  @Get('readyz')
  @AccessBy('open')
  @ApiOperation({
    summary:
      'Whether requests for calls can be stored, what cannot be reached, and how many nodes take calls.',
  })
  @Answers(
    200,
    readinessSchema,
    'Requests are stored, though something may be degraded and calls may have to wait for a node.',
  )
  @Answers(503, readinessSchema, 'Something that is needed is missing.')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const [nodes, ...checks] = await Promise.all([
      this.#countNodes(),
      ...this.dependencies.map((one) => this.#isAway(one)),
    ]);
    const away = this.dependencies.filter((_, index) => checks[index]);
    const namesOf = (isRequired: boolean): string[] =>
      away.filter((one) => one.isRequired === isRequired).map(({ name }) => name);
    const missing = [...namesOf(true), ...(this.life.isDraining ? [STOPPING] : [])];
    void reply.code(missing.length === 0 ? 200 : 503);
    return { ready: missing.length === 0, missing, degraded: namesOf(false), nodes };
  }

  @Get('metrics')
  @AccessBy('open')
  @ApiOperation({ summary: 'Figures for Prometheus.' })
  @AnswersText('text/plain', 'The figures, in the text format of Prometheus.')
  async figures(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.metrics.contentType);
    return await this.metrics.metrics();
  }

  async #countNodes(): Promise<Readiness['nodes']> {
    try {
      const asked = this.nodes.listNodes();
      const nodes = await withDeadline(this.timers, CHECK_MS, 'listing nodes', asked);
      const takingCalls = nodes.filter(({ refusal }) => refusal === null).length;
      return { running: nodes.length, takingCalls };
    } catch {
      return null;
    }
  }

  async #isAway(dependency: Dependency): Promise<boolean> {
    try {
      await withDeadline(this.timers, CHECK_MS, dependency.name, dependency.check());
      return false;
    } catch {
      return true;
    }
  }
}
