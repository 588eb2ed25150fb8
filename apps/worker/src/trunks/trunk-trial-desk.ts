import type { InternalAnswer, InternalRoute } from '#adapters/nodes-http';
import { trunkTrialRequestSchema } from '#contracts';
import type { TrunkTrial } from '#contracts';
import { Fault, isTrunkId } from '#domain';
import type { ErrorCode, OpenedTrunk, Prober, ProbeOutcome, TrunkBook } from '#domain';
import type { Clock } from '#foundation';
import type { RegistrationNeed } from '../registrations/sip-account.ts';
import { probeOf } from './probe-of.ts';
import { registrationOf } from './trunk-lines.ts';

/** What a desk works with. */
export interface TrunkTrialDeskOptions {
  readonly book: TrunkBook;
  readonly prober: Prober;
  readonly register: (need: RegistrationNeed, until: Promise<void>) => Promise<void>;
  readonly clock: Clock;
}

/** Each may take 20 s. */
const MAX_TRIALS = 8;

const answer = (status: number, body: object): InternalAnswer => ({ status, body });

type Step = TrunkTrial['steps'][number];
type Problem = NonNullable<TrunkTrial['problem']>;

/** Tries trunks for the API: what is found is true for this node. */
export class TrunkTrialDesk {
  readonly #options: TrunkTrialDeskOptions;
  #trials = 0;

  constructor(options: TrunkTrialDeskOptions) {
    this.#options = options;
  }

  /** 404 for a trunk that is gone; 429 with as many trials under way as there may be. */
  readonly route: InternalRoute = {
    method: 'POST',
    path: '/internal/trunks/test',
    handle: async ({ body }) => {
      const request = trunkTrialRequestSchema.safeParse(body);
      if (!request.success || !isTrunkId(request.data.trunkId)) {
        return answer(400, { error: 'this is no trunk' });
      }
      const trunk = await this.#options.book.openTrunk(request.data.trunkId);
      if (trunk === null) return answer(404, { error: 'there is no such trunk' });
      if (this.#trials >= MAX_TRIALS) return answer(429, { error: 'too many trials' });
      this.#trials += 1;
      try {
        return answer(200, await this.#try(trunk));
      } finally {
        this.#trials -= 1;
      }
    },
  };

  async #try(trunk: OpenedTrunk): Promise<TrunkTrial> {
    const [asked, askMs] = await this.#timed(this.#options.prober.probe(probeOf(trunk)));
    const steps = stepsOf(asked, askMs);
    const problem = problemOf(asked);
    // A registrar may answer where OPTIONS are not, but not with a login that was refused.
    if (problem?.code === 'SIP_AUTH_REFUSED' || !trunk.record.settings.register) {
      return { steps, problem };
    }
    const registered = await this.#register(trunk);
    return { steps: [...steps, registered.step], problem: registered.problem ?? problem };
  }

  /** As a call would: through the node that has it registered already, if there is one. It is taken off when nobody calls. */
  async #register(trunk: OpenedTrunk): Promise<{ step: Step; problem: Problem | null }> {
    let end = (): void => undefined;
    const until = new Promise<void>((resolve) => (end = resolve));
    const registering = this.#options.register(registrationOf(trunk), until).then(
      () => null,
      (error: unknown) => {
        if (error instanceof Fault) return error;
        throw error;
      },
    );
    try {
      const [fault, ms] = await this.#timed(registering);
      const detail = fault?.detail ?? 'The account is registered.';
      return {
        step: { step: 'register', ok: fault === null, ms, detail },
        problem: fault && { code: fault.code, detail: fault.detail },
      };
    } finally {
      end();
    }
  }

  async #timed<T>(work: Promise<T>): Promise<readonly [T, number]> {
    const { clock } = this.#options;
    const fromMicros = clock.nowMicros();
    const result = await work;
    return [result, Math.round((clock.nowMicros() - fromMicros) / 1000)];
  }
}

const isRefused = (status: number): boolean => status === 401 || status === 403 || status === 407;

function stepsOf(outcome: ProbeOutcome, ms: number): Step[] {
  if (outcome.kind === 'failed') {
    return [{ step: 'options', ok: false, ms, detail: outcome.fault.detail }];
  }
  const { status, reason, roundTripMs, login } = outcome;
  const text = `${status} ${reason}`.trim();
  const answered: Step = {
    step: 'options',
    ok: true,
    ms: Math.round(roundTripMs),
    detail: `The trunk answers: ${text}.`,
  };
  if (login === 'notAsked') return [answered];
  const ok = login === 'shown' && !isRefused(status);
  const detail =
    login === 'missing'
      ? 'The trunk asks for a login, and there is none, or none for its realm.'
      : `The login was asked for and ${ok ? 'taken' : `refused: ${text}`}.`;
  return [answered, { step: 'login', ok, ms, detail }];
}

/** Whatever answers is there; only a login that is not taken, or a server that cannot, would fail a call. */
function problemOf(outcome: ProbeOutcome): Problem | null {
  if (outcome.kind === 'failed') return { code: outcome.fault.code, detail: outcome.fault.detail };
  const { status, reason, login } = outcome;
  const problem = (code: ErrorCode): Problem => ({ code, detail: `${status} ${reason}`.trim() });
  if (login === 'missing' || (login === 'shown' && isRefused(status))) {
    return problem('SIP_AUTH_REFUSED');
  }
  return status >= 500 && status < 600 && status !== 501 ? problem('SIP_PROVIDER_DOWN') : null;
}
