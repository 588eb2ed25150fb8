import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Fault, isEventFilter } from '#domain';
import type { EventFeed } from '#domain';
import { KnownCalls } from '../calls/known-calls.ts';
import { AnswersText, Problems } from '../docs/answers.ts';
import { Query } from '../http/checked.ts';
import { By, listedApp } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';
import { EventHub } from './event-hub.ts';

const CURSOR_LIMIT = 200;
/** The cursor before all events. */
const BEGINNING = '0-0';
const querySchema = z.strictObject({
  callId: z.string().max(64).optional().describe('The id of a call: only its events.'),
  appKey: z.string().max(128).optional().describe('For operators: only the events of this app.'),
  types: z
    .string()
    .max(1000)
    .transform((text) => text.split(','))
    .pipe(
      z.array(
        z.string().refine(isEventFilter, 'must be a type of event, such as call.ended, or call.*'),
      ),
    )
    .optional()
    .describe('Only events of these types, with commas: `call.ended`, `call.*` for all of a kind.'),
  stats: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe('Whether `call.stats` is told too: the figures of each live call once a second.'),
});

const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;
/** How long a browser waits before it comes back, in milliseconds. */
const RETRY_MS = 1_000;

@ApiTags('events')
@ApiBearerAuth()
@Controller('v1/events')
export class EventsController {
  constructor(
    @Inject(KnownCalls) private readonly calls: KnownCalls,
    @Inject(TOKENS.feed) private readonly feed: EventFeed,
    @Inject(EventHub) private readonly hub: EventHub,
  ) {}

  @Get()
  @ApiOperation({ summary: 'All events as they happen (server-sent events), resumable.' })
  @ApiHeader({
    name: 'last-event-id',
    required: false,
    description: 'Go on after this event; `0`: from the beginning.',
  })
  @AnswersText(
    'text/event-stream',
    'First the `id` that it begins at. For each event its cursor as `id`, its type as `event`, and an Event as one line of JSON in `data`. ' +
      '`call.stats` has no `id`, and CallStats in `data`; a listener that is slow misses some. A heartbeat every 15 s. A listener that ' +
      'takes nothing for 10 s while 256 KiB wait for it is let go; its last line says why, and it goes on after its last `id`. ' +
      'Events of a call are numbered by `seq` from 1 without holes, and exactly one of them is `call.ended`.',
  )
  @Problems(400, 401, 404, 503)
  async listen(
    @By() caller: Caller,
    @Query({ schema: querySchema }) query: z.output<typeof querySchema>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.hub.checkRoom();
    const { id: callId } =
      query.callId === undefined ? {} : await this.calls.find(query.callId, caller);
    const appKey = listedApp(caller, query.appKey);
    const cursor = await this.#start(lastEventId);

    if (reply.request.method === 'HEAD') {
      void reply.headers(STREAM_HEADERS).send();
      return;
    }
    reply.hijack();
    reply.raw.writeHead(200, { ...STREAM_HEADERS, 'x-request-id': reply.request.id });
    // Its place from the beginning: a line that is lost before the first event leaves no gap either.
    reply.raw.write(`retry: ${RETRY_MS}\nid: ${cursor}\n\n`);
    if (!reply.raw.destroyed) {
      const { types, stats: wantsStats } = query;
      this.hub.join(reply.raw, cursor, { callId, appKey, types, wantsStats });
    }
  }

  /** The place to start from. A cursor that is not ours is refused while there still is a status to say so. */
  async #start(lastEventId: string | undefined): Promise<string> {
    if (lastEventId === undefined || lastEventId === '') return await this.feed.tail();
    if (lastEventId === '0') return BEGINNING;
    if (lastEventId.length > CURSOR_LIMIT) throw new Fault('REQUEST_INVALID');
    await this.feed.read(lastEventId, 1);
    return lastEventId;
  }
}
