import type { RemoteInfo, Socket } from 'node:dgram';
import type { Clock, Micros, Timer, Timers } from '#foundation';
import { RemotePin } from './remote-pin.ts';
import type { PeerAddress, PeerLearning } from './remote-pin.ts';

/** Takes one datagram and the time of its arrival; the bytes are the callee's. */
export type DatagramListener = (datagram: Uint8Array, now: Micros) => void;

interface RtpPortsOptions {
  readonly rtp: Socket;
  readonly rtcp: Socket;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly learning: PeerLearning;
  readonly quarantineMs: number;
  readonly onReleased: () => void;
}

/** What the ports have seen. */
export interface RtpPortsStats {
  /** Datagrams of the peer on both ports. */
  readonly accepted: number;
  /** Datagrams of others, dropped. */
  readonly foreign: number;
  /** Errors of the two sockets: the network was gone for a moment. */
  readonly socketErrors: number;
}

/** The two bound ports of one call. Who binds them closes them. */
export class RtpPorts {
  readonly port: number;
  readonly rtcpPort: number;
  readonly #options: RtpPortsOptions;
  readonly #rtpPin: RemotePin;
  readonly #rtcpPin: RemotePin;
  #onRtp: DatagramListener | undefined;
  #onRtcp: DatagramListener | undefined;
  #quarantine: Timer | undefined;
  #state: 'open' | 'quarantined' | 'released' = 'open';
  #accepted = 0;
  #foreign = 0;
  #socketErrors = 0;

  constructor(options: RtpPortsOptions) {
    this.#options = options;
    this.port = options.rtp.address().port;
    this.rtcpPort = options.rtcp.address().port;
    this.#rtpPin = new RemotePin(options.learning);
    this.#rtcpPin = new RemotePin(options.learning);
    options.rtp.on('message', (bytes, from) => this.#hear(this.#rtpPin, from, bytes, this.#onRtp));
    options.rtcp.on('message', (bytes, from) =>
      this.#hear(this.#rtcpPin, from, bytes, this.#onRtcp),
    );
    for (const socket of [options.rtp, options.rtcp]) socket.on('error', () => this.#countError());
  }

  /** Where the peer is, from its SDP. Before this nothing is heard. Default for RTCP: the port above. */
  setRemote(address: string, port: number, rtcpPort = port + 1): void {
    this.#rtpPin.agree({ address, port });
    this.#rtcpPin.agree({ address, port: rtcpPort });
  }

  /** Who hears RTP of the peer from now on. */
  onRtp(listener: DatagramListener): void {
    this.#onRtp = listener;
  }

  /** Who hears RTCP of the peer from now on. */
  onRtcp(listener: DatagramListener): void {
    this.#onRtcp = listener;
  }

  /** Sends to where the peer's RTP comes from, or to the agreed address. The bytes are free at return. */
  sendRtp(bytes: Uint8Array): void {
    this.#send(this.#options.rtp, this.#rtpPin.target, bytes);
  }

  /** The same for RTCP. */
  sendRtcp(bytes: Uint8Array): void {
    this.#send(this.#options.rtcp, this.#rtcpPin.target, bytes);
  }

  stats(): RtpPortsStats {
    return { accepted: this.#accepted, foreign: this.#foreign, socketErrors: this.#socketErrors };
  }

  /** Ends the use: nothing is heard or sent any more, and the ports are freed when the quarantine is over. */
  close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'quarantined';
    this.#onRtp = undefined;
    this.#onRtcp = undefined;
    const { rtp, rtcp, timers, quarantineMs } = this.#options;
    rtp.unref();
    rtcp.unref();
    this.#quarantine = timers.after(quarantineMs, () => void this.release());
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

  #hear(
    pin: RemotePin,
    from: RemoteInfo,
    bytes: Uint8Array,
    listener: DatagramListener | undefined,
  ): void {
    if (this.#state !== 'open') return;
    if (!pin.accepts(from)) {
      this.#foreign += 1;
      return;
    }
    this.#accepted += 1;
    listener?.(bytes, this.#options.clock.nowMicros());
  }

  #send(socket: Socket, target: PeerAddress | undefined, bytes: Uint8Array): void {
    if (this.#state !== 'open' || target === undefined) return;
    // A full socket takes the bytes later than `send` returns, and the caller fills them anew.
    socket.send(Uint8Array.from(bytes), target.port, target.address);
  }

  #countError(): void {
    this.#socketErrors += 1;
  }
}
