import { Inject, Injectable } from '@nestjs/common';
import { Fault, isCallId } from '#domain';
import type { CallRecord, CallRegistry } from '#domain';
import { mayKnow } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';

/** Finds calls for those who may know of them. Every route that names a call by its id asks here. */
@Injectable()
export class KnownCalls {
  constructor(@Inject(TOKENS.registry) private readonly registry: CallRegistry) {}

  /** @throws Fault CALL_NOT_FOUND, also for what is no id at all, and for a call of another app. */
  async find(id: string, caller: Caller): Promise<CallRecord> {
    const call = isCallId(id) ? await this.registry.findCall(id) : null;
    if (call === null || !mayKnow(caller, call)) throw new Fault('CALL_NOT_FOUND');
    return call;
  }
}
