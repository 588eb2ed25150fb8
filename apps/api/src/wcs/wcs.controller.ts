import { Body, Controller, HttpCode, Inject, Options, Post, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExcludeEndpoint,
  ApiOperation,
  ApiResponse,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { wcsCallIdSchema, wcsCallSchema, wcsDtmfSchema } from '#contracts';
import type { WcsCall } from '#contracts';
import { Fault, LIVE_CALL_STATES } from '#domain';
import type { CallRecord, CallRegistry } from '#domain';
import { Secret } from '#foundation';
import { CallDesk } from '../calls/call-desk.ts';
import { Answers, AnswersText, Problems } from '../docs/answers.ts';
import { AccessBy } from '../http/access.ts';
import { By, listedApp } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { Rejection } from '../http/rejection.ts';
import { TOKENS } from '../tokens.ts';
import { wcsCallListSchema, wcsCallObject } from './wcs-call-object.ts';
import type { WcsCallObject } from './wcs-call-object.ts';
import { answerPreflight } from './wcs-origin.ts';
import { WCS_NAMES, requestOfWcs } from './wcs-request.ts';
import { wcsStatusOf } from './wcs-status.ts';

type Dtmf = z.output<typeof wcsDtmfSchema>;
type CallName = z.output<typeof wcsCallIdSchema>;

/** A call that has ended between two questions is none any more. */
async function orNotFound(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const isEnded = error instanceof Fault && error.code === 'CALL_ALREADY_ENDED';
    throw isEnded ? new Fault('CALL_NOT_FOUND', { cause: error }) : error;
  }
}

/** How a route of the dialect is described. */
const operation = (summary: string): MethodDecorator =>
  ApiOperation({
    summary,
    description:
      'Needs the key unless the setting CALLCAST_WCS_OPEN lets the client in: `loopback` those of this machine, `any` all, `off` none.',
  });

/** Most calls that one answer can list. */
const LIST_LIMIT = 1_000;

/**
 * The dialect of Flashphoner's Web Call Server 4. Its pages throw on an answer `{}` and on an empty one that is typed, so
 * an answer without content is empty and untyped.
 */
@ApiTags('wcs')
@ApiBearerAuth()
@ApiSecurity({})
@Controller('RESTCall')
export class WcsController {
  constructor(
    @Inject(TOKENS.registry) private readonly registry: CallRegistry,
    @Inject(CallDesk) private readonly desk: CallDesk,
  ) {}

  @Options(':method')
  @AccessBy('open')
  @ApiExcludeEndpoint()
  preflight(@Res() reply: FastifyReply): void {
    answerPreflight(reply);
  }

  @Post('call')
  @HttpCode(200)
  @AccessBy('wcs')
  @operation('Place a call (WCS4).')
  @ApiResponse({ status: 200, description: 'The call is queued. The answer is empty.' })
  @Problems(400, 401, 409, 413, 422, 503)
  async call(@By() caller: Caller, @Body({ schema: wcsCallSchema }) body: WcsCall): Promise<void> {
    const { callee, hasAudio, hasVideo, connection } = body;
    // Pages send the name of an app without thinking of it: a key says better whose call it is.
    const appKey = caller.allApps ? connection.appKey : caller.appKey;
    const context = { appKey, wcs: { callee, hasAudio, hasVideo } };
    try {
      await this.desk.place(requestOfWcs(body), context);
    } catch (error) {
      throw error instanceof Rejection ? error.renamed(WCS_NAMES) : error;
    }
  }

  @Post('getStatus')
  @HttpCode(200)
  @AccessBy('wcs')
  @operation('The status word of a live call (WCS4).')
  @AnswersText('text/plain', 'A bare word such as `ESTABLISHED`.')
  @Problems(400, 401, 404, 503)
  async getStatus(
    @By() caller: Caller,
    @Body({ schema: wcsCallIdSchema }) { callId }: CallName,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const call = await this.#find(callId, caller);
    void reply.header('content-type', 'text/plain; charset=utf-8');
    return wcsStatusOf(call);
  }

  @Post('getCalls')
  @HttpCode(200)
  @AccessBy('wcs')
  @operation('All live calls (WCS4).')
  @Answers(200, wcsCallListSchema, 'The calls; never an empty list.', [401, 404, 503])
  async getCalls(@By() caller: Caller): Promise<WcsCallObject[]> {
    const appKey = listedApp(caller, undefined);
    const page = await this.registry.listCalls({
      states: LIVE_CALL_STATES,
      limit: LIST_LIMIT,
      ...(appKey === undefined ? {} : { appKey }),
    });
    if (page.items.length === 0) throw new Fault('CALL_NOT_FOUND');
    return page.items.map(wcsCallObject);
  }

  @Post('hangup')
  @HttpCode(200)
  @AccessBy('wcs')
  @operation('Hang up a live call (WCS4).')
  @ApiResponse({ status: 200, description: 'The call is about to end. The answer is empty.' })
  @Problems(400, 401, 404, 503)
  async hangup(
    @By() caller: Caller,
    @Body({ schema: wcsCallIdSchema }) { callId }: CallName,
  ): Promise<void> {
    const call = await this.#find(callId, caller);
    await orNotFound(this.desk.stop(call.id));
  }

  @Post('sendDTMF')
  @HttpCode(200)
  @AccessBy('wcs')
  @operation('Press keys in an answered call (WCS4).')
  @ApiResponse({ status: 200, description: 'The keys are pressed. The answer is empty.' })
  @Problems(400, 401, 404, 409, 429, 502, 503)
  async sendDtmf(
    @By() caller: Caller,
    @Body({ schema: wcsDtmfSchema }) { callId, dtmf, type }: Dtmf,
  ): Promise<void> {
    const call = await this.#find(callId, caller);
    const method = /^info/i.test(type) ? ({ method: 'info' } as const) : {};
    await orNotFound(this.desk.press(call.id, { keys: new Secret(dtmf), ...method }));
  }

  async #find(callId: string, caller: Caller): Promise<CallRecord> {
    const call = await this.registry.findLiveCall(callId, listedApp(caller, undefined));
    if (call === null) throw new Fault('CALL_NOT_FOUND');
    return call;
  }
}
