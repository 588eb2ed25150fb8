import { Inject, Injectable } from '@nestjs/common';
import { Fault, isTrunkId } from '#domain';
import type { TrunkRecord, TrunkRegistry } from '#domain';
import { mayKnow } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';

/** Finds trunks for those who may know of them. */
@Injectable()
export class KnownTrunks {
  constructor(@Inject(TOKENS.trunks) private readonly registry: TrunkRegistry) {}

  /**
   * By id, or by its name within the app of the caller.
   * @throws Fault TRUNK_NOT_FOUND, also for a trunk of another app.
   */
  async find(nameOrId: string, caller: Caller): Promise<TrunkRecord> {
    const trunk = isTrunkId(nameOrId)
      ? await this.registry.findTrunk(nameOrId)
      : await this.registry.findTrunkByName(caller.appKey, nameOrId);
    if (trunk === null || !mayKnow(caller, trunk)) throw new Fault('TRUNK_NOT_FOUND');
    return trunk;
  }

  /** The trunk that a call of an app names, by id or name; null where it has none of that. */
  async ofApp(nameOrId: string, appKey: string): Promise<TrunkRecord | null> {
    const trunk = isTrunkId(nameOrId)
      ? await this.registry.findTrunk(nameOrId)
      : await this.registry.findTrunkByName(appKey, nameOrId);
    return trunk?.appKey === appKey ? trunk : null;
  }
}
