import { Controller, Get, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { queuePageSchema } from '#contracts';
import type { QueuePage, QueueView } from '#contracts';
import type { QueueState } from '#domain';
import { Answers } from '../docs/answers.ts';
import { AccessBy } from '../http/access.ts';
import { QueueLook } from './queue-look.ts';

/** A queue as clients see it. */
const queueView = ({ oldestSeconds, ...state }: QueueState): QueueView => ({
  ...state,
  oldestWaitingMs: Math.round(oldestSeconds * 1_000),
});

@ApiTags('nodes')
@ApiBearerAuth()
@Controller('v1/queues')
export class QueuesController {
  constructor(@Inject(QueueLook) private readonly queues: QueueLook) {}

  @Get()
  @AccessBy('operatorRead')
  @ApiOperation({
    summary: 'How long every queue is, and for how long the first in it has been waiting.',
    description:
      'Of the store `calls` (each of them, until a worker takes it), `commands` and `hooks` (what one endpoint is to be told of ' +
      'one call); in Redis the jobs that tell workers of them. Queues are left out while what keeps them cannot be asked.',
  })
  @Answers(200, queuePageSchema, 'All of them.', [401, 503])
  async list(): Promise<QueuePage> {
    const states = await this.queues.look();
    return { items: states.map(queueView), nextCursor: null };
  }
}
