import { Inject, Injectable } from '@nestjs/common';
import { createCallSchema } from '#contracts';
import type { CallBatchResult, CreateCall, PlacedCall } from '#contracts';
import { Fault, catalogEntry } from '#domain';
import type { Logger } from '#foundation';
import { fieldErrors } from '../http/field-errors.ts';
import { problemOf } from '../http/problem.ts';
import { Rejection } from '../http/rejection.ts';
import type { RequestIds } from '../idempotency/request-ids.ts';
import { TOKENS } from '../tokens.ts';
import { CallDesk } from './call-desk.ts';
import { callView } from './call-view.ts';
import { placedTargets, targetOf } from './output-target.ts';

/** Batches that one process works on at the same time. */
const MOST_BATCHES = 4;
/** Calls of a batch that are placed at the same time: others need connections to the database too. */
const LANES = 4;

/** Whose calls they are. */
interface BatchOwner {
  readonly appKey: string;
  readonly ids: RequestIds;
}

/** A recording without a name gets that of its call. */
const NAMELESS = 'file: ';

/** @throws Rejection When it does not fit the schema; paths are within the call. */
function requestOf(item: unknown): CreateCall {
  const parsed = createCallSchema.safeParse(item);
  if (parsed.success) return parsed.data;
  throw new Rejection('REQUEST_INVALID', fieldErrors(parsed.error.issues));
}

/** What only one live call can have. */
function claimsOf({ callId, outputs }: CreateCall): string[] {
  const targets = placedTargets(outputs, 'outputs').map(({ request }) => {
    const { url, streamKey } = targetOf(request);
    return `${url} ${streamKey.reveal()}`;
  });
  const name = callId === undefined ? [] : [`id ${callId}`];
  return [...name, ...targets.filter((target) => target !== NAMELESS)];
}

/** Lets calls that ask for the same thing wait for each other, so that the first one of the request gets it. */
class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async take<T>(claims: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = claims.flatMap((claim) => this.#last.get(claim) ?? []);
    const done = Promise.all(before).then(work);
    const over = done.catch(() => undefined);
    for (const claim of claims) this.#last.set(claim, over);
    return await done;
  }
}

/** Places many calls at once; what is wrong with one of them is no matter of the others. */
@Injectable()
export class CallBatch {
  #running = 0;

  constructor(
    @Inject(CallDesk) private readonly desk: CallDesk,
    @Inject(TOKENS.logger) private readonly logger: Logger,
  ) {}

  /** @throws Fault BATCHES_TOO_MANY, before any call is placed. */
  async place(items: readonly unknown[], owner: BatchOwner): Promise<CallBatchResult> {
    if (this.#running >= MOST_BATCHES) throw new Fault('BATCHES_TOO_MANY');
    this.#running++;
    try {
      const results = await this.#placeAll(items, owner);
      const placed = results.filter(({ call }) => call !== null).length;
      return { placed, refused: results.length - placed, results };
    } finally {
      this.#running--;
    }
  }

  async #placeAll(items: readonly unknown[], owner: BatchOwner): Promise<PlacedCall[]> {
    const results: PlacedCall[] = [];
    const turns = new Turns();
    const left = items.entries();
    const lane = async (): Promise<void> => {
      for (const [index, item] of left) {
        results[index] = await this.#placeOne(item, { owner, index, turns });
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return results;
  }

  async #placeOne(
    item: unknown,
    {
      owner,
      index,
      turns,
    }: { readonly owner: BatchOwner; readonly index: number; readonly turns: Turns },
  ): Promise<PlacedCall> {
    const { appKey, ids } = owner;
    try {
      const request = requestOf(item);
      const call = await turns.take(claimsOf(request), () =>
        this.desk.place(request, { appKey, ids: ids(index) }),
      );
      return { status: 202, call: callView(call), problem: null };
    } catch (error) {
      const { status, body } = problemOf(error);
      if (status >= 500) this.logger.error('call.batch_failed', { index, code: body.code, error });
      return { status, call: null, problem: body };
    }
  }
}

/** Whether a call that was not placed may be placed later, by the same request. */
export const isUnfinished = ({ results }: CallBatchResult): boolean =>
  results.some(({ problem }) => problem !== null && catalogEntry(problem.code).retry !== 'never');
