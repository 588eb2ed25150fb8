import { Controller, HttpCode, Inject, Options, Post, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExcludeEndpoint,
  ApiResponse,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import {
  wcsCallIdSchema,
  wcsCallListSchema,
  wcsCallObject,
  wcsCallSchema,
  wcsDtmfSchema,
  wcsStatusOf,
} from '#contracts';
import type { WcsCall, WcsCallObject } from '#contracts';
import { Fault } from '#domain';
import { CallDesk } from '../calls/call-desk.ts';
import { Answers, AnswersText, Problems } from '../docs/answers.ts';
import { Body } from '../http/checked.ts';
import { AccessBy } from '../http/access.ts';
import { By } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { Rejection } from '../http/rejection.ts';
import { WcsCalls } from './wcs-calls.ts';
import { EMPTY, WcsOperation } from './wcs-operation.ts';
import { answerPreflight } from './wcs-origin.ts';
import { WCS_NAMES, requestOfWcs } from './wcs-request.ts';

type Dtmf = z.output<typeof wcsDtmfSchema>;
type CallName = z.output<typeof wcsCallIdSchema>;

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
    @Inject(WcsCalls) private readonly calls: WcsCalls,
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
  @WcsOperation('Place a call (WCS4).')
  @ApiResponse({ status: 200, description: `The call is queued. ${EMPTY}` })
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
  @WcsOperation('The status word of a live call (WCS4).')
  @AnswersText('text/plain', 'A bare word such as `ESTABLISHED`.')
  @Problems(400, 401, 404, 503)
  async getStatus(
    @By() caller: Caller,
    @Body({ schema: wcsCallIdSchema }) { callId }: CallName,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const call = await this.calls.find(callId, caller);
    void reply.header('content-type', 'text/plain; charset=utf-8');
    return wcsStatusOf(call);
  }

  @Post('getCalls')
  @HttpCode(200)
  @WcsOperation('All live calls (WCS4).')
  @Answers(200, wcsCallListSchema, 'The calls; never an empty list.', [401, 404, 503])
  async getCalls(@By() caller: Caller): Promise<WcsCallObject[]> {
    const calls = await this.calls.list(caller);
    if (calls.length === 0) throw new Fault('CALL_NOT_FOUND');
    return calls.map(wcsCallObject);
  }

  @Post('hangup')
  @HttpCode(200)
  @WcsOperation('Hang up a live call (WCS4).')
  @ApiResponse({ status: 200, description: `The call is about to end. ${EMPTY}` })
  @Problems(400, 401, 404, 503)
  async hangup(
    @By() caller: Caller,
    @Body({ schema: wcsCallIdSchema }) { callId }: CallName,
  ): Promise<void> {
    await this.calls.hangUp(callId, caller);
  }

  @Post('sendDTMF')
  @HttpCode(200)
  @WcsOperation('Press keys in an answered call (WCS4).')
  @ApiResponse({ status: 200, description: `The keys are pressed. ${EMPTY}` })
  @Problems(400, 401, 404, 409, 429, 502, 503)
  async sendDtmf(@By() caller: Caller, @Body({ schema: wcsDtmfSchema }) keys: Dtmf): Promise<void> {
    await this.calls.press(keys, caller);
  }
}
