import { Inject, Injectable } from '@nestjs/common';
import type { ListCallsQuery } from '#contracts';
import { LIVE_CALL_STATES, isCallId, isTrunkId } from '#domain';
import type { CallQuery, CallState, TrunkId } from '#domain';
import { listedApp } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { Rejection } from '../http/rejection.ts';
import { KnownTrunks } from '../trunks/known-trunks.ts';

/** Reads what somebody asks of the list of calls. */
@Injectable()
export class CallFilters {
  constructor(@Inject(KnownTrunks) private readonly trunks: KnownTrunks) {}

  /** @throws Rejection when it names a trunk that is none of the app, or metadata without an app. */
  async read(query: ListCallsQuery, caller: Caller): Promise<CallQuery> {
    const { id, state, live, trunk, verdict, metadata, ...same } = query;
    const appKey = listedApp(caller, query.appKey);
    if (metadata !== undefined && appKey === undefined) {
      const message = 'is needed with metadata';
      throw new Rejection('REQUEST_INVALID', [{ path: 'appKey', message }]);
    }
    return {
      ...same,
      ids: id?.filter(isCallId),
      appKey,
      metadata: metadata?.length === 0 ? undefined : metadata,
      states: statesOf(state, live),
      trunkId:
        trunk === undefined ? undefined : await this.#trunkId(trunk, appKey ?? caller.appKey),
      verdicts: verdict,
    };
  }

  /** An id is taken as it is: calls outlive their trunks. */
  async #trunkId(nameOrId: string, appKey: string): Promise<TrunkId> {
    if (isTrunkId(nameOrId)) return nameOrId;
    const trunk = await this.trunks.ofApp(nameOrId, appKey);
    if (trunk !== null) return trunk.id;
    throw new Rejection('REQUEST_INVALID', [{ path: 'trunk', message: 'is no trunk of yours' }]);
  }
}

function statesOf(
  states: readonly CallState[] | undefined,
  live: boolean | undefined,
): readonly CallState[] | undefined {
  if (live === undefined) return states;
  const wanted: readonly CallState[] = live ? LIVE_CALL_STATES : ['ended'];
  return states === undefined ? wanted : wanted.filter((state) => states.includes(state));
}
