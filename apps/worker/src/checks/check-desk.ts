import type { InternalAnswer, InternalRoute } from '#adapters/nodes-http';
import { targetAttemptRequestSchema } from '#contracts';
import type { TargetAttemptRequest } from '#contracts';
import { Fault } from '#domain';
import type { TargetAttempt } from '#domain';
import { Secret } from '#foundation';
import type { RtmpTarget } from '#protocol/rtmp';
import { rtmpTargetOf } from '../calls/rtmp-outlet.ts';

/** What a desk works with. */
export interface CheckDeskOptions {
  /** Publishes a second of silence. */
  readonly attempt: (
    target: RtmpTarget,
    sampleRate: TargetAttemptRequest['sampleRate'],
  ) => Promise<TargetAttempt>;
}

/** Each may hold a connection for a minute. */
const MAX_CHECKS = 4;

const answer = (status: number, body: object): InternalAnswer => ({ status, body });

/** Tries targets for the API: what is found is true for this node. */
export class CheckDesk {
  readonly #options: CheckDeskOptions;
  #checks = 0;

  constructor(options: CheckDeskOptions) {
    this.#options = options;
  }

  /** 429 with as many checks under way as there may be. */
  readonly route: InternalRoute = {
    method: 'POST',
    path: '/internal/outputs/check',
    handle: async ({ body }) => {
      const request = targetAttemptRequestSchema.safeParse(body);
      if (!request.success) return answer(400, { error: 'this is no target' });
      if (this.#checks >= MAX_CHECKS) return answer(429, { error: 'too many checks' });
      this.#checks += 1;
      try {
        return answer(200, await this.#check(request.data));
      } finally {
        this.#checks -= 1;
      }
    },
  };

  async #check(request: TargetAttemptRequest): Promise<TargetAttempt> {
    const { url, streamKey, credentials, sampleRate } = request;
    const target = rtmpTargetOf({
      url,
      streamKey: new Secret(streamKey),
      urlCredentials: credentials === null ? null : new Secret(credentials),
    });
    if (!(target instanceof Fault)) return await this.#options.attempt(target, sampleRate);
    const { code, detail } = target;
    return { steps: [], failure: { code, detail }, enhancedRtmp: null };
  }
}
