import { Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiResponse, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import {
  outputRequestSchema,
  wcs5PushFilterSchema,
  wcs5PushIdSchema,
  wcs5PushSchema,
} from '#contracts';
import type { OutputRequest, Wcs5Push } from '#contracts';
import { Fault, isOutputLive } from '#domain';
import type { CallRecord, OutputId, OutputRecord, OutputRegistry } from '#domain';
import { CallCommands } from '../calls/call-commands.ts';
import { Answers, Problems } from '../docs/answers.ts';
import { Body } from '../http/checked.ts';
import { By, mayKnow } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { fieldErrors } from '../http/field-errors.ts';
import { Rejection } from '../http/rejection.ts';
import { OutputDesk } from '../outputs/output-desk.ts';
import { TOKENS } from '../tokens.ts';
import type { ApiSettings } from '../tokens.ts';
import { WcsCalls } from './wcs-calls.ts';
import { EMPTY, WcsOperation } from './wcs-operation.ts';
import { streamNameOf, wcsPushListSchema, wcsPushObject, wcsPushSchema } from './wcs5-push.ts';
import type { WcsPushObject } from './wcs5-push.ts';

type Filter = z.output<typeof wcs5PushFilterSchema>;
type PushName = z.output<typeof wcs5PushIdSchema>;

/** The prefix that the server of old puts before the names of what it pushes; its pages ask with it. */
const WCS_PREFIX = 'rtmp_';
const NAMES = new Map([
  ['url', 'rtmpUrl'],
  ['streamKey', 'streamName'],
]);

const MUTES_ALL =
  'it is the call that is muted, and this one is pushed elsewhere already; leave it out, or mute with /rest-api/push/mute';

interface Push {
  readonly call: CallRecord;
  readonly output: OutputRecord;
}

/** Outputs as Web Call Server 5 knows them: streams that are pushed, by the names of what they show. */
@ApiTags('wcs')
@ApiBearerAuth()
@ApiSecurity({})
@Controller('rest-api/push')
export class Wcs5PushController {
  constructor(
    @Inject(TOKENS.settings) private readonly settings: ApiSettings,
    @Inject(TOKENS.outputs) private readonly outputs: OutputRegistry,
    @Inject(WcsCalls) private readonly calls: WcsCalls,
    @Inject(OutputDesk) private readonly desk: OutputDesk,
    @Inject(CallCommands) private readonly commands: CallCommands,
  ) {}

  @Post('startup')
  @HttpCode(200)
  @WcsOperation('Publish a live call to another target (WCS5).')
  @Answers(200, wcsPushSchema, 'What is pushed.', [400, 401, 404, 409, 413, 422, 429, 503])
  async startup(
    @By() caller: Caller,
    @Body({ schema: wcs5PushSchema }) body: Wcs5Push,
  ): Promise<WcsPushObject> {
    const call = await this.calls.findStream(body.streamName, caller);
    try {
      const asked = this.#outputOf(body, call);
      const isMuted = body.options?.action === 'mute';
      if (isMuted) await this.#muteFirst(call, caller);
      const { output } = await this.desk.add(call, asked, caller.keyId);
      return this.#shown({ call: isMuted ? { ...call, muted: true } : call, output });
    } catch (error) {
      throw error instanceof Rejection ? error.renamed(NAMES) : error;
    }
  }

  @Post('find')
  @HttpCode(200)
  @WcsOperation('What is pushed and fits (WCS5).')
  @Answers(200, wcsPushListSchema, 'Never an empty list.', [400, 401, 404, 503])
  async find(
    @By() caller: Caller,
    @Body({ schema: wcs5PushFilterSchema }) filter: Filter,
  ): Promise<WcsPushObject[]> {
    const { mediaSessionId } = filter;
    const pushes = mediaSessionId
      ? [await this.#find(mediaSessionId, caller)]
      : await this.#list(caller);
    const found = pushes.filter((push) => this.#fits(push, filter));
    if (found.length === 0) throw new Fault('OUTPUT_NOT_FOUND');
    return found.map((push) => this.#shown(push));
  }

  @Post('find_all')
  @HttpCode(200)
  @WcsOperation('All that is pushed (WCS5).')
  @Answers(200, wcsPushListSchema, 'Never an empty list.', [401, 404, 503])
  async findAll(@By() caller: Caller): Promise<WcsPushObject[]> {
    return await this.find(caller, {});
  }

  @Post('terminate')
  @HttpCode(200)
  @WcsOperation('End what is pushed (WCS5).')
  @ApiResponse({ status: 200, description: `It is about to end. ${EMPTY}` })
  @Problems(400, 401, 404, 409, 429, 503)
  async terminate(
    @By() caller: Caller,
    @Body({ schema: wcs5PushIdSchema }) { mediaSessionId }: PushName,
  ): Promise<void> {
    const { call, output } = await this.#find(mediaSessionId, caller);
    await this.desk.remove(call.id, output.id, caller.keyId);
  }

  @Post('mute')
  @HttpCode(200)
  @WcsOperation('Push silence (WCS5). It is the call that is muted, and all that is pushed of it.')
  @ApiResponse({ status: 200, description: `Silence is pushed, or about to be. ${EMPTY}` })
  @Problems(400, 401, 404, 409, 429, 503, 504)
  async mute(
    @By() caller: Caller,
    @Body({ schema: wcs5PushIdSchema }) { mediaSessionId }: PushName,
  ): Promise<void> {
    const { call } = await this.#find(mediaSessionId, caller);
    await this.commands.give(call.id, { type: 'mute' }, caller);
  }

  @Post('unmute')
  @HttpCode(200)
  @WcsOperation('Push the sound of the call again (WCS5).')
  @ApiResponse({ status: 200, description: `It is pushed, or about to be. ${EMPTY}` })
  @Problems(400, 401, 404, 409, 429, 503, 504)
  async unmute(
    @By() caller: Caller,
    @Body({ schema: wcs5PushIdSchema }) { mediaSessionId }: PushName,
  ): Promise<void> {
    const { call } = await this.#find(mediaSessionId, caller);
    await this.commands.give(call.id, { type: 'unmute' }, caller);
  }

  /**
   * Nothing of the call is to be heard before it is muted.
   * @throws Fault REQUEST_INVALID where it is on air elsewhere: there it would fall silent too.
   */
  async #muteFirst(call: CallRecord, caller: Caller): Promise<void> {
    if (!call.muted && call.outputs.some(({ state }) => isOutputLive(state))) {
      throw new Rejection('REQUEST_INVALID', [{ path: 'options.action', message: MUTES_ALL }]);
    }
    await this.commands.give(call.id, { type: 'mute' }, caller);
  }

  /** The stream has the name of what it shows, unless the URL ends in a name of its own. */
  #outputOf({ rtmpUrl, rtmpTransponderFullUrl }: Wcs5Push, call: CallRecord): OutputRequest {
    const name = `${this.settings.wcsStreamPrefix}${streamNameOf(call)}`;
    const asked = { url: rtmpUrl, ...(rtmpTransponderFullUrl ? {} : { streamKey: name }) };
    const parsed = outputRequestSchema.safeParse(asked);
    if (parsed.success) return parsed.data;
    throw new Rejection('REQUEST_INVALID', fieldErrors(parsed.error.issues));
  }

  #fits({ call, output }: Push, { streamName, rtmpUrl }: Filter): boolean {
    const name = streamNameOf(call);
    const names = ['', WCS_PREFIX, this.settings.wcsStreamPrefix].map((prefix) => prefix + name);
    // A URL is stored without a slash at its end.
    const url = rtmpUrl?.replace(/\/+$/, '');
    return (!streamName || names.includes(streamName)) && (!url || output.url === url);
  }

  async #find(mediaSessionId: string, caller: Caller): Promise<Push> {
    // Only compared with ids of ours.
    const call = await this.outputs.findCallOf(mediaSessionId as OutputId);
    const output = call?.outputs.find(({ id }) => id === mediaSessionId);
    if (!call || !output || !mayKnow(caller, call) || !isOutputLive(output.state)) {
      throw new Fault('OUTPUT_NOT_FOUND');
    }
    return { call, output };
  }

  async #list(caller: Caller): Promise<Push[]> {
    const calls = await this.calls.list(caller);
    return calls.flatMap((call) =>
      call.outputs
        .filter(({ state }) => isOutputLive(state))
        .map((output): Push => ({ call, output })),
    );
  }

  #shown({ call, output }: Push): WcsPushObject {
    return wcsPushObject(call, output, this.settings.wcsStreamPrefix);
  }
}
