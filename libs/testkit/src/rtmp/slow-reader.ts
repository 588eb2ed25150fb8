import type { Socket } from 'node:net';
import type { Timer, Timers } from '#foundation';

const TURN_MS = 100;

/** Hands on what a socket brings at a given rate; meanwhile the socket is not read. */
export class SlowReader {
  readonly #socket: Socket;
  readonly #bytesPerTurn: number;
  #waiting = Buffer.alloc(0);
  readonly #timers: Timers;
  #timer: Timer | undefined;

  constructor(socket: Socket, bytesPerSecond: number, timers: Timers) {
    this.#timers = timers;
    this.#socket = socket;
    this.#bytesPerTurn = Math.max(1, Math.floor((bytesPerSecond * TURN_MS) / 1000));
    socket.once('close', () => this.#timer?.cancel());
  }

  push(bytes: Buffer, take: (part: Buffer) => void): void {
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    this.#socket.pause();
    this.#timer ??= this.#timers.every(TURN_MS, () => this.#turn(take));
  }

  #turn(take: (part: Buffer) => void): void {
    const part = this.#waiting.subarray(0, this.#bytesPerTurn);
    this.#waiting = this.#waiting.subarray(part.length);
    if (part.length > 0) take(part);
    if (this.#waiting.length === 0) this.#socket.resume();
  }
}
