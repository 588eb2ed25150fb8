import { Fault } from '#domain';
import type { ProbeOutcome, ProbeRequest, Prober } from '#domain';
import { invariant, randomHex } from '#foundation';
import type { Clock, RandomSource } from '#foundation';
import type { ControlConnection } from './control-connection.ts';
import { ControlError } from './control-error.ts';
import { fromHeader, isDialable } from './invite-headers.ts';
import { LegLogin } from './leg-login.ts';
import { pinnedProxy } from './next-hop.ts';
import { detailOfRefusal, oneLine } from './sip-status-map.ts';
import type { SrfHeaders, SrfResponse } from './srf-types.ts';

/** What a DrachtioProber needs. */
export interface DrachtioProberOptions {
  /** The one to send on now. */
  readonly connection: () => ControlConnection | undefined;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** For all answers to challenges together. */
const PROBE_MS = 5_000;
const TAG_BYTES = 8;
const CALL_ID_BYTES = 16;

type Login = Extract<ProbeOutcome, { kind: 'answered' }>['login'];

interface Answer {
  readonly response: SrfResponse;
  readonly roundTripMs: number;
  readonly login: Login;
}

/** Sends OPTIONS over the dialer's control connection, and once more for each challenge that is answered. */
export class DrachtioProber implements Prober {
  readonly #options: DrachtioProberOptions;

  constructor(options: DrachtioProberOptions) {
    this.#options = options;
  }

  /** @throws BugError for a request that would break the control protocol or a SIP header. */
  async probe(request: ProbeRequest): Promise<ProbeOutcome> {
    const { uri, outboundProxy } = request;
    invariant(isDialable(uri) && !uri.includes('@'), 'the address to ask is no SIP URI');
    invariant(outboundProxy === undefined || isDialable(outboundProxy), 'the proxy is no SIP URI');
    try {
      return outcomeOf(await this.#ask(request));
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      const code = error.code === 'lost' ? 'SIP_SIGNALLING_LOST' : 'SIP_UNREACHABLE';
      return {
        kind: 'failed',
        fault: new Fault(code, { detail: `OPTIONS: ${error.message}`, cause: error }),
      };
    }
  }

  async #ask(request: ProbeRequest): Promise<Answer> {
    const { clock, random, connection } = this.#options;
    const { uri, outboundProxy, auth } = request;
    const untilMicros = clock.nowMicros() + PROBE_MS * 1000;
    const digest = { method: 'OPTIONS', uri, body: '' };
    const login = auth === undefined ? undefined : new LegLogin(auth, random);
    const identity = this.#identityOf(request);
    let answers: SrfHeaders = {};
    let proxy = outboundProxy;
    let shown: Login = 'notAsked';
    for (let sequence = 1; ; sequence++) {
      const control = connection();
      if (control === undefined) throw new ControlError('lost', 'there is no connection');
      const sentMicros = clock.nowMicros();
      const response = await control.request({
        uri,
        options: {
          method: 'OPTIONS',
          headers: { ...identity, CSeq: `${sequence} OPTIONS`, ...answers },
          ...(proxy === undefined ? {} : { proxy }),
        },
        timeoutMs: Math.max(0, Math.ceil((untilMicros - sentMicros) / 1000)),
      });
      const roundTripMs = (clock.nowMicros() - sentMicros) / 1000;
      const next = login?.answer(response, digest);
      if (next === undefined) return { response, roundTripMs, login: loginOf(response, shown) };
      shown = 'shown';
      answers = next;
      proxy = pinnedProxy(
        { to: uri, ...(outboundProxy === undefined ? {} : { outboundProxy }) },
        response,
      );
    }
  }

  #identityOf({ uri, from }: ProbeRequest): SrfHeaders {
    const { random } = this.#options;
    return {
      From: `${fromHeader(from, 'sip')};tag=${randomHex(random, TAG_BYTES)}`,
      To: `<${uri}>`,
      'Call-ID': randomHex(random, CALL_ID_BYTES),
      Accept: 'application/sdp',
      'User-Agent': 'Callcast',
    };
  }
}

const loginOf = ({ status }: SrfResponse, shown: Login): Login =>
  shown === 'notAsked' && (status === 401 || status === 407) ? 'missing' : shown;

/** What the signalling server made up itself tells that nobody was reached. */
function outcomeOf({ response, roundTripMs, login }: Answer): ProbeOutcome {
  const { status, reason = '', headers } = response;
  const isFromNetwork = (response.source_address ?? '') !== '';
  if (isFromNetwork) {
    return { kind: 'answered', status, reason: oneLine(reason), roundTripMs, login };
  }
  const detail = detailOfRefusal({
    ...{ status, reason, headers, isFromNetwork, hasRung: false },
    credentials: login === 'shown' ? 'sent' : 'none',
  });
  return { kind: 'failed', fault: new Fault('SIP_UNREACHABLE', { detail: `OPTIONS: ${detail}` }) };
}
