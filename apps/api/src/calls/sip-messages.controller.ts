import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { listEventsQuerySchema, sipMessagePageSchema } from '#contracts';
import type { SipMessagePage, SipMessageView } from '#contracts';
import type { SipBook, SipRecord } from '#domain';
import { Answers } from '../docs/answers.ts';
import { By } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { Query } from '../http/checked.ts';
import { TOKENS } from '../tokens.ts';
import { KnownCalls } from './known-calls.ts';

const viewOf = ({ at, ...record }: SipRecord): SipMessageView => ({
  at: at.toISOString(),
  ...record,
});

@ApiTags('calls')
@ApiBearerAuth()
@Controller('v1/calls/:id/sip')
export class SipMessagesController {
  constructor(
    @Inject(KnownCalls) private readonly calls: KnownCalls,
    @Inject(TOKENS.sip) private readonly sip: SipBook,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'The SIP messages of a call, oldest first, without what is secret in them.',
    description:
      'Written about a second later, and lost with a node that dies before that. What the signalling server does by itself is ' +
      'not told: 100 Trying, repeated messages, the ACK of a refusal, its own session refreshes. Nor are REGISTER and OPTIONS ' +
      'outside the call.',
  })
  @Answers(200, sipMessagePageSchema, 'A page of messages.', [400, 401, 404, 503])
  async list(
    @By() caller: Caller,
    @Param('id') id: string,
    @Query({ schema: listEventsQuerySchema }) query: z.output<typeof listEventsQuerySchema>,
  ): Promise<SipMessagePage> {
    const call = await this.calls.find(id, caller);
    const page = await this.sip.list(call.id, query.cursor, query.limit);
    return { items: page.items.map(viewOf), nextCursor: page.nextCursor };
  }
}
