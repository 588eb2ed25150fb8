import { microsFromMs } from '#foundation';
import type { Micros, Timer } from '#foundation';
import { buildAmf0, parseAmf0 } from '#protocol/amf';
import type { FlvTag } from '#protocol/flv';
import { RtmpProtocolError, RtmpPublisher, withQuery } from '#protocol/rtmp';
import type {
  PublisherEvent,
  PublisherOutput,
  PublisherStep,
  PublishRefusal,
  ServerAbilities,
} from '#protocol/rtmp';
import { Dial } from './dial/dial.ts';
import type { DialledSocket } from './dial/dial.ts';
import { Liveness } from './liveness/liveness.ts';
import { TcpWitness } from './liveness/tcp-witness.ts';
import type { PublishOptions, PublishState } from './publish-contract.ts';
import { failureOfRefusal, RtmpFailure } from './rtmp-failure.ts';
import { RtmpWire } from './rtmp-wire.ts';

/**
 * Until the stream is accepted every server is made to acknowledge what it gets, so that one which freezes right
 * afterwards is known to be one that acknowledges: shorter than any command, for that takes two.
 */
const FIRST_ACK_WINDOW_BYTES = 32;
/** Small, so that a server that has died at 24 kbit/s is noticed within seconds. */
const ACK_WINDOW_BYTES = 8192;
const CLOSE_TIMEOUT_MS = 1000;
const DEFAULT_STEP_TIMEOUT_MS = 10_000;
/** And a second until it is looked at: 10 s. */
const DEFAULT_LIVENESS_TIMEOUT_MS = 9000;
/** What a server has to tell a publisher fits many times into so much per second. */
const MAX_HEARD_BYTES_PER_SECOND = 8_388_608;
/** The first byte of a TLS alert: what a server with TLS says to one without. */
const TLS_ALERT = 0x15;

/** What a conversation tells its session. `onOver` comes once and last. */
export interface ConversationEar {
  onReady(abilities: ServerAbilities): void;
  /** More media may be sent. */
  onRoom(): void;
  /** @param refusal The server asks for a login, on another connection. */
  onOver(outcome: RtmpFailure | PublishRefusal | 'closed'): void;
}

/** One connection to the server, from the look-up of its name to its end. */
export class Conversation {
  readonly #options: PublishOptions;
  readonly #loginQuery: string | undefined;
  readonly #ear: ConversationEar;
  readonly #publisher: RtmpPublisher;
  readonly #liveness: Liveness;
  readonly #dial: Dial;
  #wire: RtmpWire | undefined;
  #witness: TcpWitness | undefined;
  #state: PublishState = 'connecting';
  #step: PublisherStep = 'handshake';
  #deadline: Timer | undefined;
  #heardBytes = 0;
  #hasHeard = false;

  /** @param loginQuery What goes behind the application to log in. */
  constructor(options: PublishOptions, loginQuery: string | undefined, ear: ConversationEar) {
    this.#options = options;
    this.#loginQuery = loginQuery;
    this.#ear = ear;
    const { app, tcUrl, streamKey } = options.target;
    const withLogin = (text: string): string =>
      loginQuery === undefined ? text : withQuery(text, loginQuery);
    this.#publisher = new RtmpPublisher({
      app: withLogin(app),
      tcUrl: withLogin(tcUrl),
      streamKey: streamKey.reveal(),
      codec: { build: buildAmf0, parse: parseAmf0 },
      random: options.random,
      ackWindowBytes: FIRST_ACK_WINDOW_BYTES,
    });
    const timeoutMs = options.livenessTimeoutMs ?? DEFAULT_LIVENESS_TIMEOUT_MS;
    this.#liveness = new Liveness(
      { timeoutMs, ackWindowBytes: FIRST_ACK_WINDOW_BYTES },
      options.clock.nowMicros(),
    );
    this.#dial = new Dial(options, (outcome) => {
      if (outcome instanceof RtmpFailure) this.#end(outcome);
      else this.#onConnected(outcome);
    });
  }

  get state(): PublishState {
    return this.#state;
  }

  get sentBytes(): number {
    return this.#liveness.sentBytes;
  }

  get ackedBytes(): number {
    return this.#liveness.ackedBytes;
  }

  /** Bytes that Node keeps for the socket. */
  get waitingBytes(): number {
    return this.#state === 'ended' ? 0 : (this.#wire?.waitingBytes ?? 0);
  }

  /** Settles when the socket is closed; at once when there is none. */
  get closed(): Promise<void> {
    return this.#wire?.closed ?? Promise.resolve();
  }

  /** Whether a tag that is sent now would leave at once, to a server that follows. */
  get hasRoom(): boolean {
    return (
      this.#state === 'publishing' &&
      this.#wire?.isEmpty === true &&
      !this.#liveness.isLagging(this.#options.clock.nowMicros())
    );
  }

  /** Sends a tag together with what else this turn of the event loop brings. */
  gather(tag: FlvTag): void {
    this.#wire?.gather(this.#publisher.writeMedia(tag));
  }

  send(tag: FlvTag): void {
    if (this.#state === 'publishing') this.#wire?.send(this.#publisher.writeMedia(tag));
  }

  /** Says good-bye and waits a second for the server to close. */
  sayGoodbye(): void {
    if (this.#state !== 'publishing') return;
    this.#state = 'closing';
    this.#wire?.send(this.#publisher.close());
    if (this.#hasEnded()) return;
    this.#wire?.end();
    this.#deadline?.cancel();
    this.#deadline = this.#options.timers.after(CLOSE_TIMEOUT_MS, () => this.#end('closed'));
  }

  destroy(): void {
    this.#end('closed');
  }

  /** To be called every second. */
  look(): void {
    if (this.#state !== 'publishing' && this.#state !== 'handshaking') return;
    const isFlooded = this.#heardBytes > MAX_HEARD_BYTES_PER_SECOND;
    this.#heardBytes = 0;
    if (isFlooded) this.#end(new RtmpFailure('RTMP_STALLED', 'the server floods us'));
    else if (this.#state === 'publishing') this.#lookForLife(this.#options.clock.nowMicros());
  }

  #lookForLife(now: Micros): void {
    if (this.#liveness.isDead(now)) {
      this.#end(new RtmpFailure('RTMP_STALLED', 'the server takes no more data'));
      return;
    }
    if (this.#liveness.wantsPing(now)) {
      this.#liveness.pinged(now);
      this.#wire?.send(this.#publisher.ping(Math.floor(now / microsFromMs(1)) % 2 ** 32));
    }
    if (this.#liveness.isSilent(now)) this.#witness?.ask(now);
    if (this.hasRoom) this.#ear.onRoom();
  }

  #onConnected(dialled: DialledSocket): void {
    this.#state = 'handshaking';
    const { clock, fence } = this.#options;
    this.#wire = new RtmpWire(
      dialled,
      { clock, fence, liveness: this.#liveness },
      {
        onBytes: (bytes) => this.#onBytes(bytes),
        onDrained: () => this.#ear.onRoom(),
        onGone: (failure) => this.#onGone(failure ?? this.#closedByServer()),
        onGivenUp: (failure) => this.#end(failure),
      },
    );
    this.#witness = new TcpWitness(this.#wire, this.#liveness);
    this.#awaitStep();
    this.#wire.send(this.#publisher.start());
  }

  #onBytes(bytes: Uint8Array): void {
    this.#heardBytes += bytes.length;
    const output = this.#receive(bytes);
    if (output === undefined) return;
    this.#wire?.answer(output.out);
    for (const event of output.events) this.#onEvent(event);
    this.#followStep();
  }

  #receive(bytes: Uint8Array): PublisherOutput | undefined {
    const isAlert = !this.#hasHeard && bytes[0] === TLS_ALERT && !this.#options.target.secure;
    this.#hasHeard = true;
    if (isAlert) {
      const detail = 'the server speaks TLS on this port; the URL should begin with rtmps://';
      this.#end(new RtmpFailure('RTMP_TLS', detail));
      return undefined;
    }
    try {
      return this.#publisher.receive(bytes);
    } catch (error) {
      if (!(error instanceof RtmpProtocolError)) throw error;
      this.#end(new RtmpFailure('RTMP_PROTOCOL', error.message, { cause: error }));
      return undefined;
    }
  }

  #onEvent(event: PublisherEvent): void {
    // An event before this one may have ended the session.
    if (this.#hasEnded()) return;
    const now = this.#options.clock.nowMicros();
    switch (event.kind) {
      case 'ready':
        this.#onReady(event.abilities);
        return;
      case 'refused':
        if (event.refusal.code === 'authNeeded') this.#end(event.refusal);
        else this.#onGone(failureOfRefusal(event.refusal));
        return;
      case 'acknowledged':
        this.#liveness.acknowledged(event.sequenceNumber, now);
        break;
      case 'pong':
        this.#liveness.ponged(now);
        break;
      case 'reconnectAsked':
        this.#options.onReconnectAsked?.(event.tcUrl, event.description);
        return;
    }
    // What was held back from a server that lagged.
    if (this.hasRoom) this.#ear.onRoom();
  }

  #onReady(abilities: ServerAbilities): void {
    this.#state = 'publishing';
    this.#deadline?.cancel();
    this.#wire?.gather(this.#publisher.askToAcknowledge(ACK_WINDOW_BYTES));
    this.#liveness.expectWindow(ACK_WINDOW_BYTES);
    this.#followStep();
    this.#options.onStep?.('publishing');
    if (!this.#hasEnded()) this.#ear.onReady(abilities);
  }

  #followStep(): void {
    const done = this.#step;
    const { step } = this.#publisher;
    if (this.#hasEnded() || step === done || step === 'over') return;
    this.#step = step;
    this.#awaitStep();
    if (done === 'publishing' || done === 'over') return;
    this.#options.onStep?.(done);
    if (done === 'connect' && this.#loginQuery !== undefined)
      this.#options.onStep?.('authenticate');
  }

  #awaitStep(): void {
    this.#deadline?.cancel();
    if (this.#state !== 'handshaking') return;
    const { stepTimeoutMs = DEFAULT_STEP_TIMEOUT_MS, timers } = this.#options;
    this.#deadline = timers.after(stepTimeoutMs, () => {
      const detail = `the answer to ${this.#step} did not come within ${stepTimeoutMs} ms`;
      this.#end(new RtmpFailure('RTMP_TIMEOUT', detail));
    });
  }

  #closedByServer(): RtmpFailure {
    const where = this.#state === 'publishing' ? '' : ` instead of answering to ${this.#step}`;
    const isMute = !this.#hasHeard && !this.#options.target.secure;
    const advice = isMute ? '; if it wants TLS the URL should begin with rtmps://' : '';
    return new RtmpFailure('RTMP_LOST', `the server closed the connection${where}${advice}`);
  }

  /** The other side has left: what we asked for when closing, a failure at any other time. */
  #onGone(failure: RtmpFailure): void {
    if (this.#state !== 'closing') this.#end(failure);
    else if (this.#wire?.isClosed === true) this.#end('closed');
  }

  #hasEnded(): boolean {
    return this.#state === 'ended';
  }

  #end(outcome: RtmpFailure | PublishRefusal | 'closed'): void {
    if (this.#hasEnded()) return;
    this.#state = 'ended';
    this.#deadline?.cancel();
    this.#dial.cancel();
    this.#wire?.destroy();
    this.#ear.onOver(outcome);
  }
}
