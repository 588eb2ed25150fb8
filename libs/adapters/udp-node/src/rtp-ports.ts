import type { RemoteInfo, Socket } from 'node:dgram';
import { microsFromMs } from '#foundation';
import type { Clock, Micros, Timer, Timers } from '#foundation';
import { RemotePin } from './remote-pin.ts';
import type { PeerAddress, PeerLearning } from './remote-pin.ts';

/** Takes one datagram and the time of its arrival; the bytes are the callee's. */
export type DatagramListener = (datagram: Uint8Array, now: Micros) => void;

/**
 * Says whether a datagram is what a peer sends, and with SRTP: whether it is authentic. Changes nothing, the datagram
 * included. Only asked while it is being decided who the peer is.
 */
export type DatagramJudge = (datagram: Uint8Array) => boolean;

/** How long ports stay bound after use. */
export interface Quarantine {
  /** Until the peer of the last call has been silent for so long. */
  readonly idleMs: number;
  /** No longer than this, whatever comes. */
  readonly longestMs: number;
}

interface RtpPortsOptions {
  readonly rtp: Socket;
  readonly rtcp: Socket;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly learning: PeerLearning;
  readonly quarantine: Quarantine;
  readonly onReleased: () => void;
}

/** What the ports have seen. */
export interface RtpPortsStats {
  /** Datagrams of the peer on both ports. */
  readonly accepted: number;
  /** Datagrams of others, dropped. */
  readonly foreign: number;
  /** Datagrams from before the peer's address was known, dropped: perhaps its early media, perhaps anybody's. */
  readonly early: number;
  /** Errors of the two sockets: the network was gone for a moment. */
  readonly socketErrors: number;
}

/** One of the two ports: who may speak there, and who listens. */
interface Line {
  readonly pin: RemotePin;
  listener: DatagramListener | undefined;
  isGenuine: DatagramJudge;
}

/** The first five packets, 100 ms of speech, and no later than 3 s after the first of them. */
const RTP_TERMS = { convincingPackets: 5, windowMs: 3_000 } as const;
/** Reports come every 5 s, so the time is not limited; where reports go, no media go. */
const RTCP_TERMS = { convincingPackets: 2, windowMs: Infinity } as const;
const everything: DatagramJudge = () => true;

/** The two bound ports of one call. Who binds them closes them. */
export class RtpPorts {
  readonly port: number;
  readonly rtcpPort: number;
  readonly #options: RtpPortsOptions;
  readonly #rtp: Line;
  readonly #rtcp: Line;
  #quarantine: Timer | undefined;
  #restsSince: Micros | undefined;
  #peerHeardAt: Micros | undefined;
  #state: 'open' | 'quarantined' | 'released' = 'open';
  #accepted = 0;
  #foreign = 0;
  #early = 0;
  #socketErrors = 0;

  constructor(options: RtpPortsOptions) {
    const { rtp, rtcp, learning } = options;
    this.#options = options;
    this.port = rtp.address().port;
    this.rtcpPort = rtcp.address().port;
    this.#rtp = lineOf(new RemotePin({ ...RTP_TERMS, learning }));
    this.#rtcp = lineOf(new RemotePin({ ...RTCP_TERMS, learning }));
    rtp.on('message', (bytes, from) => this.#hear(this.#rtp, from, bytes));
    rtcp.on('message', (bytes, from) => this.#hear(this.#rtcp, from, bytes));
    for (const socket of [rtp, rtcp]) socket.on('error', () => this.#countError());
  }

  /** Whether the use is over and the ports only wait to be freed. */
  get isResting(): boolean {
    return this.#state === 'quarantined';
  }

  /** Where the peer is, from its SDP. Before this nothing is heard. Default for RTCP: the port above. */
  setRemote(address: string, port: number, rtcpPort = port + 1): void {
    this.#rtp.pin.agree({ address, port });
    this.#rtcp.pin.agree({ address, port: rtcpPort });
  }

  /** The peer is gone: nothing is heard or sent until the next one is told. */
  forgetRemote(): void {
    this.#rtp.pin.forget();
    this.#rtcp.pin.forget();
  }

  /** Who hears RTP of the peer from now on. Default for `isGenuine`: everything is. */
  onRtp(listener: DatagramListener, isGenuine: DatagramJudge = everything): void {
    this.#rtp.listener = listener;
    this.#rtp.isGenuine = isGenuine;
  }

  /** Who hears RTCP of the peer from now on. */
  onRtcp(listener: DatagramListener, isGenuine: DatagramJudge = everything): void {
    this.#rtcp.listener = listener;
    this.#rtcp.isGenuine = isGenuine;
  }

  /** Sends to where the peer's RTP comes from, or to the agreed address. The bytes are free at return. */
  sendRtp(bytes: Uint8Array): void {
    this.#send(this.#options.rtp, this.#rtp.pin.target, bytes);
  }

  /** The same for RTCP. */
  sendRtcp(bytes: Uint8Array): void {
    this.#send(this.#options.rtcp, this.#rtcp.pin.target, bytes);
  }

  stats(): RtpPortsStats {
    return {
      accepted: this.#accepted,
      foreign: this.#foreign,
      early: this.#early,
      socketErrors: this.#socketErrors,
    };
  }

  /** Ends the use: nothing is heard or sent any more, and the ports are freed when the quarantine is over. */
  close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'quarantined';
    for (const line of [this.#rtp, this.#rtcp]) line.listener = undefined;
    const { rtp, rtcp, clock } = this.#options;
    rtp.unref();
    rtcp.unref();
    this.#restsSince = clock.nowMicros();
    this.#rest();
  }

  /** Frees the ports at once. */
  async release(): Promise<void> {
    if (this.#state === 'released') return;
    this.#state = 'released';
    this.#quarantine?.cancel();
    const { rtp, rtcp, onReleased } = this.#options;
    await Promise.all(
      [rtp, rtcp].map((socket) => new Promise<void>((done) => void socket.close(done))),
    );
    onReleased();
  }

  /** Waits until the last peer is quiet: what it still sends must not reach the next call. */
  #rest(): void {
    const { clock, timers, quarantine } = this.#options;
    const now = clock.nowMicros();
    const since = this.#restsSince ?? now;
    const idleUntil = Math.max(since, this.#peerHeardAt ?? since) + microsFromMs(quarantine.idleMs);
    const until = Math.min(idleUntil, since + microsFromMs(quarantine.longestMs));
    if (until <= now) void this.release();
    else this.#quarantine = timers.after((until - now) / 1_000, () => this.#rest());
  }

  #hear(line: Line, from: RemoteInfo, bytes: Uint8Array): void {
    const now = this.#options.clock.nowMicros();
    if (this.#state !== 'open') {
      // Others may knock as long as they like: the next call does not hear them.
      if (line.pin.target?.address === from.address) this.#peerHeardAt = now;
    } else if (line.pin.target === undefined) {
      this.#early += 1;
    } else if (line.pin.isPinned(from) || this.#isBelieved(line, from, bytes, now)) {
      this.#accepted += 1;
      line.listener?.(bytes, now);
    } else {
      this.#foreign += 1;
    }
  }

  #isBelieved(line: Line, from: RemoteInfo, bytes: Uint8Array, now: Micros): boolean {
    const { pin, isGenuine } = line;
    const standing = pin.standing(from, now);
    if (standing === 'stranger') return false;
    // Reports of another host are the peer's only if its sound comes from there.
    const home = this.#rtp.pin.target?.address;
    if (standing === 'candidate' && line === this.#rtcp && from.address !== home) return false;
    // Garbage from the agreed address is heard, so that it is counted for what it is, but proves nothing.
    return isGenuine(bytes) ? pin.believe(from, now) : standing === 'agreed';
  }

  #send(socket: Socket, target: PeerAddress | undefined, bytes: Uint8Array): void {
    if (this.#state !== 'open' || target === undefined) return;
    // A full socket takes the bytes later than `send` returns, and the caller fills them anew.
    socket.send(Buffer.from(bytes), target.port, target.address);
  }

  #countError(): void {
    this.#socketErrors += 1;
  }
}

const lineOf = (pin: RemotePin): Line => ({ pin, listener: undefined, isGenuine: everything });
