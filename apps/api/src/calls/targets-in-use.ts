import { Inject, Injectable } from '@nestjs/common';
import type { OutputRequest } from '#contracts';
import { Fault } from '#domain';
import type { OutputRegistry } from '#domain';
import { Rejection } from '../http/rejection.ts';
import type { FieldError } from '../http/rejection.ts';
import { TOKENS } from '../tokens.ts';
import { placedTargets, targetOf } from './output-target.ts';
import type { TargetRequest } from './output-target.ts';

/** What targets are asked for, and for whom. */
export interface AskedTargets {
  readonly outputs: readonly OutputRequest[];
  /** Of the list: `outputs`. Empty for a request that is one output. */
  readonly path: string;
  readonly appKey: string;
}

/** Says which call holds a target that is asked for a second time. */
@Injectable()
export class TargetsInUse {
  constructor(@Inject(TOKENS.outputs) private readonly outputs: OutputRegistry) {}

  /**
   * Does what takes targets.
   * @throws What `take` throws; a Rejection that names the holders in the place of its Fault TARGET_IN_USE.
   */
  async named<T>({ outputs, path, appKey }: AskedTargets, take: () => Promise<T>): Promise<T> {
    try {
      return await take();
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'TARGET_IN_USE') throw error;
      const fields: FieldError[] = [];
      for (const { path: own, request } of placedTargets(outputs, path)) {
        const message = await this.#holderOf(request, appKey);
        if (message !== undefined)
          fields.push({ path: own === '' ? 'url' : `${own}.url`, message });
      }
      // What held it has let go since: without names, then.
      throw fields.length === 0 ? error : new Rejection('TARGET_IN_USE', fields);
    }
  }

  /** @throws Rejection TARGET_IN_USE, by the name of its field `url`, while a live call publishes to it. */
  async refuse(request: TargetRequest, appKey: string): Promise<void> {
    const message = await this.#holderOf(request, appKey);
    if (message !== undefined) throw new Rejection('TARGET_IN_USE', [{ path: 'url', message }]);
  }

  async #holderOf(request: TargetRequest, appKey: string): Promise<string | undefined> {
    const { url, streamKey } = targetOf(request);
    const holder = await this.outputs.findHolder(url, streamKey);
    if (holder === null) return undefined;
    if (holder.appKey !== appKey) return 'is on air with a call of another app';
    return `is on air with call ${holder.callId}, output ${holder.outputId}`;
  }
}
