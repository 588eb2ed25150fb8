import { createHash } from 'node:crypto';
import type { Clock, RandomSource, Timers } from '#foundation';
import { malformedStatus, responseTo } from '#protocol/sip';
import type { Admission, Arrival, SipParseReason, SipRequest, SipResponse } from '#protocol/sip';
import type { ClientRoster } from './client-roster.ts';
import type { LegTable } from './leg-table.ts';
import { isSpeakable, newDialogId } from './leg-table.ts';
import { scannerTest } from './scanners.ts';
import { SourceLimits } from './source-limits.ts';
import { TokenBucket } from './token-bucket.ts';
import type { BucketSize } from './token-bucket.ts';
import { answerUnserved } from './unserved-requests.ts';

/** Methods that mean nothing outside a dialog. */
const DIALOG_METHODS = new Set(['BYE', 'PRACK', 'UPDATE', 'INFO']);
/** What one source may ask for that nobody waits for. A trunk that pings every second is far below. */
const PER_SOURCE: BucketSize = { perSecond: 20, burst: 50 };
/** What all sources together may have handed to clients; beyond that requests are answered as if nobody wanted them. */
const TO_CLIENTS: BucketSize = { perSecond: 50, burst: 100 };
const NO_DIALOG = [481, 'Call/Transaction Does Not Exist'] as const;

/** How strangers are treated. */
export interface StrangerOptions {
  /** Requests outside any call, per source address. Default: 20 per second, 50 at once. */
  readonly perSource?: BucketSize | undefined;
  /** Names of scanners beside the built-in ones: User-Agent, or user or name in From. */
  readonly scanners?: readonly string[] | undefined;
}

/** What the reception works with. */
export interface ReceptionOptions {
  readonly strangers?: StrangerOptions | undefined;
  readonly clients: ClientRoster;
  readonly legs: LegTable;
  /** Whether a request of ours to that address is under way. */
  readonly isAsking: (address: string) => boolean;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
}

/**
 * Decides about requests that no transaction knows, before they cost one. What belongs to a leg or goes to a client
 * is served. Scanners hear nothing, and a source that asks too often hears nothing for a while. Everything else is
 * answered without state (RFC 3261 section 8.2.7), so that a flood fills no table.
 */
export class Reception {
  readonly #options: ReceptionOptions;
  readonly #isScanner: (request: SipRequest) => boolean;
  readonly #sources: SourceLimits;
  readonly #toClients: TokenBucket;
  readonly #tagKey: Uint8Array;
  readonly #counts = { scanners: 0, rateLimited: 0, turnedAway: 0, strayAcks: 0 };

  constructor(options: ReceptionOptions) {
    this.#options = options;
    this.#isScanner = scannerTest(options.strangers?.scanners);
    this.#sources = new SourceLimits({
      ...options,
      size: options.strangers?.perSource ?? PER_SOURCE,
    });
    this.#toClients = new TokenBucket(TO_CLIENTS, options.clock);
    this.#tagKey = options.random.bytes(16);
  }

  /** Requests that got no answer (scanners, too many of one source, ACKs) or one without a transaction. */
  get counts(): Readonly<Record<'scanners' | 'rateLimited' | 'turnedAway' | 'strayAcks', number>> {
    return this.#counts;
  }

  /** An ACK belonged to no leg. */
  noteStrayAck(): void {
    this.#counts.strayAcks += 1;
  }

  /** Source addresses that are remembered for having asked a moment ago. */
  get sourceCount(): number {
    return this.#sources.size;
  }

  admit(request: SipRequest, { path }: Arrival): Admission {
    const isWithin = hasToTag(request) && request.method !== 'CANCEL';
    if (isWithin && this.#options.legs.find(request) !== undefined) return 'serve';
    if (this.#isScanner(request)) return this.#drop('scanners');
    if (!this.#isKnown(path.address) && !this.#sources.take(path.address)) {
      return this.#drop('rateLimited');
    }
    const refusal = isWithin ? NO_DIALOG : this.#refusalOf(request);
    if (refusal === undefined && this.#goesToClient(request)) return 'serve';
    this.#counts.turnedAway += 1;
    const toTag = this.#tagFor(request);
    if (refusal === undefined) return answerUnserved(request, toTag);
    const [status, reason] = refusal;
    return responseTo(request, { status, reason, toTag });
  }

  /**
   * The answer to a request that was not acceptable SIP; undefined for scanners, and when its source asks too often.
   * It repeats headers of the request and nothing else, so it is shorter: no amplifier.
   */
  refuseMalformed(
    request: SipRequest,
    reason: SipParseReason,
    { path }: Arrival,
  ): SipResponse | undefined {
    if (this.#isScanner(request) || !this.#sources.take(path.address)) return undefined;
    this.#counts.turnedAway += 1;
    const [status, text] = malformedStatus(request, reason);
    return responseTo(request, { status, reason: text, toTag: this.#tagFor(request) });
  }

  #drop(reason: 'scanners' | 'rateLimited'): 'drop' {
    this.#counts[reason] += 1;
    return 'drop';
  }

  #isKnown(address: string): boolean {
    return this.#options.legs.hasPeerAt(address) || this.#options.isAsking(address);
  }

  #goesToClient({ method }: SipRequest): boolean {
    return this.#options.clients.wants(method) && this.#toClients.take();
  }

  #refusalOf(request: SipRequest): readonly [number, string] | undefined {
    const { method, headers } = request;
    if (method === 'CANCEL' || DIALOG_METHODS.has(method)) return NO_DIALOG;
    const dialogId = newDialogId(request);
    if (!isSpeakable(dialogId)) return [400, 'Bad Request'];
    if (method !== 'INVITE' || !this.#options.clients.wants(method)) return undefined;
    if (!headers.has('Contact')) return [400, 'Missing Contact'];
    return this.#options.legs.get(dialogId) === undefined ? undefined : [482, 'Loop Detected'];
  }

  /** The same tag for the same request, as often as it is repeated; nobody else can foretell it. */
  #tagFor({ headers }: SipRequest): string {
    const hash = createHash('sha256').update(this.#tagKey);
    for (const name of ['Call-ID', 'From', 'CSeq']) hash.update(`${headers.get(name) ?? ''}\n`);
    return hash.digest('hex').slice(0, 16);
  }

  /** Forgets all sources. */
  clear(): void {
    this.#sources.clear();
  }
}

/** Whether a request says that it belongs to a dialog. */
export const hasToTag = (request: SipRequest): boolean =>
  /;\s*tag\s*=/i.test(request.headers.get('To') ?? '');
