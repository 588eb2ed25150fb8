import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { RtpSource, tone } from '#testkit';
import type { Signal } from '#testkit';

const HOST = '127.0.0.1';
const PACKET_MS = 20;

/** What a sender says all the time. */
export interface ToneSenderOptions {
  readonly toneHz: number;
  readonly codec: 'PCMU' | 'PCMA';
  /** Default: the tone alone. */
  readonly signal?: Signal;
}

/** An RTP source on a port of its own that never stops, whoever listens. */
export class ToneSender {
  readonly toneHz: number;
  readonly port: number;
  readonly #socket: Socket;
  readonly #source: RtpSource;
  #timer: NodeJS.Timeout | undefined;
  #largestLatenessMs = 0;

  private constructor(socket: Socket, { toneHz, codec, signal }: ToneSenderOptions) {
    this.#socket = socket;
    this.toneHz = toneHz;
    this.port = socket.address().port;
    this.#source = new RtpSource({ signal: signal ?? tone(toneHz), codec, ssrc: this.port });
  }

  static async open(options: ToneSenderOptions): Promise<ToneSender> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
    socket.on('message', () => undefined); // Reports and silence of the other side.
    return new ToneSender(socket, options);
  }

  /** Sends in real time to a port of 127.0.0.1 until `close`. */
  start(port: number): void {
    const startedAt = performance.now();
    this.#timer = setInterval(() => {
      const nowMs = performance.now() - startedAt;
      this.#largestLatenessMs = Math.max(this.#largestLatenessMs, nowMs - this.#source.nextAtMs);
      while (this.#source.nextAtMs <= nowMs) {
        this.#socket.send(this.#source.next().bytes, port, HOST);
      }
    }, PACKET_MS / 2);
  }

  /** How late a packet was sent at most: the machine has other things to do. */
  get largestLatenessMs(): number {
    return this.#largestLatenessMs;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }
}
