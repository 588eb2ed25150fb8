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
  wcs5CallFilterSchema,
  wcs5CallSchema,
  wcsCallIdSchema,
  wcsCallListSchema,
  wcsCallObject,
  wcsDtmfSchema,
} from '#contracts';
import type { Wcs5Call, WcsCallObject } from '#contracts';
import { Fault } from '#domain';
import type { CallRecord } from '#domain';
import { CallDesk } from '../calls/call-desk.ts';
import { Answers, Problems } from '../docs/answers.ts';
import { Body } from '../http/checked.ts';
import { AccessBy } from '../http/access.ts';
import { By } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { Rejection } from '../http/rejection.ts';
import { WcsCalls } from './wcs-calls.ts';
import { EMPTY, WcsOperation } from './wcs-operation.ts';
import { answerPreflight } from './wcs-origin.ts';
import { WCS5_NAMES, requestOfWcs5 } from './wcs-request.ts';

type Filter = z.output<typeof wcs5CallFilterSchema>;
type Dtmf = z.output<typeof wcsDtmfSchema>;
type CallName = z.output<typeof wcsCallIdSchema>;

/** What is given must fit, letter by letter; what is empty is not given. */
const fits = (call: WcsCallObject, { callee, rtmpUrl, status, appKey }: Filter): boolean =>
  (!callee || call.callee === callee) &&
  (!rtmpUrl || call.rtmpUrl === rtmpUrl) &&
  (!status || call.status === status) &&
  (!appKey || call.appKey === appKey);

function known(calls: readonly WcsCallObject[]): readonly WcsCallObject[] {
  if (calls.length === 0) throw new Fault('CALL_NOT_FOUND');
  return calls;
}

/** The calls of Web Call Server 5: an account without nesting, answers as lists, errors where nothing is found. */
@ApiTags('wcs')
@ApiBearerAuth()
@ApiSecurity({})
@Controller('rest-api')
export class Wcs5Controller {
  constructor(
    @Inject(WcsCalls) private readonly calls: WcsCalls,
    @Inject(CallDesk) private readonly desk: CallDesk,
  ) {}

  @Options(':group/:method')
  @AccessBy('open')
  @ApiExcludeEndpoint()
  preflight(@Res() reply: FastifyReply): void {
    answerPreflight(reply);
  }

  @Post('call/startup')
  @HttpCode(200)
  @WcsOperation('Place a call (WCS5).')
  @ApiResponse({ status: 200, description: `The call is queued. ${EMPTY}` })
  @Problems(400, 401, 409, 413, 422, 503)
  async startup(
    @By() caller: Caller,
    @Body({ schema: wcs5CallSchema }) body: Wcs5Call,
  ): Promise<void> {
    const { callId, callee, hasAudio, hasVideo } = body;
    const appKey = caller.allApps ? body.appKey : caller.appKey;
    const toStream = body.toStream === undefined || body.toStream === '' ? callId : body.toStream;
    try {
      await this.desk.place(requestOfWcs5(body), {
        appKey,
        wcs: { callee, hasAudio, hasVideo, toStream },
      });
    } catch (error) {
      throw error instanceof Rejection ? error.renamed(WCS5_NAMES) : error;
    }
  }

  @Post('call/find')
  @HttpCode(200)
  @WcsOperation('Live calls that fit (WCS5).')
  @Answers(200, wcsCallListSchema, 'The calls; never an empty list.', [400, 401, 404, 503])
  async find(
    @By() caller: Caller,
    @Body({ schema: wcs5CallFilterSchema }) filter: Filter,
  ): Promise<readonly WcsCallObject[]> {
    const calls: readonly CallRecord[] = filter.callId
      ? [await this.calls.find(filter.callId, caller)]
      : await this.calls.list(caller);
    return known(calls.map(wcsCallObject).filter((call) => fits(call, filter)));
  }

  @Post('call/find_all')
  @HttpCode(200)
  @WcsOperation('All live calls (WCS5).')
  @Answers(200, wcsCallListSchema, 'The calls; never an empty list.', [401, 404, 503])
  async findAll(@By() caller: Caller): Promise<readonly WcsCallObject[]> {
    return known((await this.calls.list(caller)).map(wcsCallObject));
  }

  @Post('call/terminate')
  @HttpCode(200)
  @WcsOperation('Hang up a live call (WCS5).')
  @ApiResponse({ status: 200, description: `The call is about to end. ${EMPTY}` })
  @Problems(400, 401, 404, 503)
  async terminate(
    @By() caller: Caller,
    @Body({ schema: wcsCallIdSchema }) { callId }: CallName,
  ): Promise<void> {
    await this.calls.hangUp(callId, caller);
  }

  @Post('call/send_dtmf')
  @HttpCode(200)
  @WcsOperation('Press keys in an answered call (WCS5).')
  @ApiResponse({ status: 200, description: `The keys are pressed. ${EMPTY}` })
  @Problems(400, 401, 404, 409, 429, 502, 503)
  async sendDtmf(@By() caller: Caller, @Body({ schema: wcsDtmfSchema }) keys: Dtmf): Promise<void> {
    await this.calls.press(keys, caller);
  }
}
