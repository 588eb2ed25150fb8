import { Inject, Injectable } from '@nestjs/common';
import { Fault, LIVE_CALL_STATES } from '#domain';
import type { CallRecord, CallRegistry, DtmfOrder } from '#domain';
import { Secret } from '#foundation';
import { CallCommands } from '../calls/call-commands.ts';
import { CallDesk } from '../calls/call-desk.ts';
import { listedApp } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';

/** Most calls that one answer can list. */
const LIST_LIMIT = 1_000;

/** A call that has ended between two questions is none any more. */
async function orNotFound(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const isEnded = error instanceof Fault && error.code === 'CALL_ALREADY_ENDED';
    throw isEnded ? new Fault('CALL_NOT_FOUND', { cause: error }) : error;
  }
}

/** The live calls as the WCS dialects know them: by the name that the client gave. */
@Injectable()
export class WcsCalls {
  constructor(
    @Inject(TOKENS.registry) private readonly registry: CallRegistry,
    @Inject(CallDesk) private readonly desk: CallDesk,
    @Inject(CallCommands) private readonly commands: CallCommands,
  ) {}

  /** @throws Fault CALL_NOT_FOUND, also for calls that have ended. */
  async find(callId: string, caller: Caller): Promise<CallRecord> {
    const call = await this.registry.findLiveCall(callId, listedApp(caller, undefined));
    if (call === null) throw new Fault('CALL_NOT_FOUND');
    return call;
  }

  /** The call whose outputs are pushed by that name. @throws Fault CALL_NOT_FOUND. */
  async findStream(streamName: string, caller: Caller): Promise<CallRecord> {
    const appKey = listedApp(caller, undefined);
    const call =
      (await this.registry.findLiveStream(streamName, appKey)) ??
      (await this.registry.findLiveCall(streamName, appKey));
    if (call === null) throw new Fault('CALL_NOT_FOUND');
    return call;
  }

  /** All live ones that the caller may know of. */
  async list(caller: Caller): Promise<readonly CallRecord[]> {
    const appKey = listedApp(caller, undefined);
    const page = await this.registry.listCalls({
      states: LIVE_CALL_STATES,
      limit: LIST_LIMIT,
      ...(appKey === undefined ? {} : { appKey }),
    });
    return page.items;
  }

  /** @throws Fault CALL_NOT_FOUND. */
  async hangUp(callId: string, caller: Caller): Promise<void> {
    const call = await this.find(callId, caller);
    await orNotFound(this.desk.stop(call.id, caller.keyId));
  }

  /** @throws Fault CALL_NOT_FOUND, or why the keys were refused. */
  async press(
    { callId, dtmf, type }: { callId: string; dtmf: string; type: string },
    caller: Caller,
  ): Promise<void> {
    const call = await this.find(callId, caller);
    const method: Pick<DtmfOrder, 'method'> = /^info/i.test(type) ? { method: 'info' } : {};
    const order = { keys: new Secret(dtmf), ...method };
    await orNotFound(this.commands.give(call.id, { type: 'dtmf', order }, caller));
  }
}
