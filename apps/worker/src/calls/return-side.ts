import { randomHex } from '#foundation';
import type { Micros, RandomSource } from '#foundation';
import { Fault } from '#domain';
import type { RtpPorts } from '#adapters/udp-node';
import { ReturnStream, RtcpReporter } from '#media';
import type { AudioPath } from '#media';
import type { NegotiatedAudio } from '#protocol/sdp';
import { keyTypeOf, silenceTermsOf } from './agreed-audio.ts';
import type { MediaCipher } from './media-cipher.ts';
import { isHostName } from './media-host.ts';
import type { KeyOutcome } from './ports.ts';

/** What the way back to the peer is made of. */
export interface ReturnSideOptions {
  readonly ports: Pick<RtpPorts, 'setRemote' | 'sendRtp' | 'sendRtcp'>;
  readonly cipher: MediaCipher;
  readonly random: RandomSource;
  /** Looks up a host name that a peer gives for an address. */
  readonly resolveHost: (name: string) => Promise<string>;
  /** The peer cannot be reached. */
  readonly onLost: (fault: Fault) => void;
}

/**
 * All that one leg sends: silence where it is agreed, the keys that are pressed, and reports on what is received.
 * One for the whole leg, so that a peer hears one source whatever is agreed anew.
 * Life: constructed, `report` and `direct` when the leg is answered, `beat` every 20 ms, `leave`.
 */
export class ReturnSide {
  readonly #options: ReturnSideOptions;
  /** The same for the whole call (RFC 7022). */
  readonly #cname: string;
  readonly #stream: ReturnStream;
  #reporter: RtcpReporter | undefined;
  #audio: NegotiatedAudio | undefined;

  constructor(options: ReturnSideOptions) {
    const { random } = options;
    this.#options = options;
    this.#cname = randomHex(random, 12);
    this.#stream = new ReturnStream({
      ssrc: random.below(2 ** 32),
      // With SRTP a wrap among the first packets, if they are lost, would never be noticed (RFC 4568 section 6.4).
      firstSequence: random.below(2 ** 15),
      firstTimestamp: random.below(2 ** 32),
    });
  }

  /** From the peer's last report on what is sent. */
  get roundTripMs(): number | undefined {
    return this.#reporter?.roundTripMs;
  }

  /** Packets on the port of RTCP that were none. */
  get notRtcp(): number {
    return this.#reporter?.malformed ?? 0;
  }

  /** From now on it is reported what is received and, if anything was, what is sent. */
  report(receiving: AudioPath): void {
    this.#reporter = new RtcpReporter({
      ssrc: this.#stream.ssrc,
      cname: this.#cname,
      random: this.#options.random,
      receiving,
      sending: this.#stream,
    });
  }

  /** Follows where the peer wants its packets, and whether it wants any. */
  direct(audio: NegotiatedAudio): void {
    this.#audio = audio;
    // Without an address the peer is expected back where it was.
    if (audio.remote !== undefined) this.#aim(audio.remote);
    this.#stream.setClock(audio.clockRate);
    this.#stream.setSilence(silenceTermsOf(audio));
    if (keyTypeOf(audio) === undefined) this.release();
  }

  #aim(remote: NonNullable<NegotiatedAudio['remote']>): void {
    const { ports, resolveHost, onLost } = this.#options;
    const { address, port, rtcpPort } = remote;
    if (!isHostName(address)) {
      ports.setRemote(address, port, rtcpPort);
      return;
    }
    // Meanwhile the peer may have given another one, or the leg may be over.
    const ifStill = (act: () => void): void => {
      if (this.#audio?.remote === remote) act();
    };
    resolveHost(address).then(
      (found) => ifStill(() => ports.setRemote(found, port, rtcpPort)),
      (error: unknown) => ifStill(() => onLost(asFault(error))),
    );
  }

  /** A report of the peer. */
  hear(report: Uint8Array, now: Micros): void {
    this.#reporter?.receive(report, now);
  }

  /** Presses keys from the next beat on; keys still being pressed are cut. @param onOver Told once. */
  press(keys: string, onOver: (outcome: KeyOutcome) => void): void {
    const audio = this.#audio;
    const payloadType = audio && keyTypeOf(audio);
    if (audio?.isHeld === true) onOver('held');
    else if (payloadType === undefined) onOver('impossible');
    else {
      const tell = (isComplete: boolean): void => onOver(isComplete ? 'pressed' : 'cut');
      const clock = audio?.payloadTypes.get(payloadType)?.clockRate;
      this.#stream.press({
        keys,
        payloadType,
        onOver: tell,
        ...(clock === undefined ? {} : { clockRate: clock }),
      });
    }
  }

  /** Gives up the keys that are being pressed. */
  release(): void {
    this.#stream.release();
  }

  /** Sends what is due in these 20 ms. */
  beat(now: Micros): void {
    const packet = this.#stream.next();
    const closed = packet && this.#options.cipher.closeRtp(packet);
    if (closed !== undefined) this.#options.ports.sendRtp(closed);
    if (this.#takesPackets) this.#send(this.#reporter?.tick(now));
  }

  /** Says goodbye; nothing is reported any more. */
  leave(now: Micros): void {
    const reporter = this.#reporter;
    this.#reporter = undefined;
    if (this.#takesPackets) this.#send(reporter?.bye(now));
    this.#audio = undefined;
  }

  /** A peer with an address of zeros takes none, reports included. */
  get #takesPackets(): boolean {
    return this.#audio?.remote !== undefined;
  }

  #send(report: Uint8Array | undefined): void {
    const { cipher, ports } = this.#options;
    const closed = report && cipher.closeRtcp(report);
    if (closed === undefined) return;
    if (this.#audio?.rtcpMux === true) ports.sendRtp(closed);
    else ports.sendRtcp(closed);
  }
}

const asFault = (cause: unknown): Fault =>
  cause instanceof Fault ? cause : new Fault('MEDIA_FAILED', { cause });
