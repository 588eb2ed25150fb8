import type { Micros } from '#foundation';
import type { RtmpWire } from '../rtmp-wire.ts';
import type { Liveness } from './liveness.ts';
import { tcpTable } from './tcp-table.ts';

/** Asks the kernel whether the other side's TCP still confirms what is sent on one connection. */
export class TcpWitness {
  readonly #wire: RtmpWire;
  readonly #liveness: Liveness;
  #confirmedBytes = 0;
  #movedAt: Micros | undefined;

  constructor(wire: RtmpWire, liveness: Liveness) {
    this.#wire = wire;
    this.#liveness = liveness;
  }

  /** To be repeated for as long as nothing else tells whether the server lives. */
  ask(now: Micros): void {
    tcpTable.ask({ tcp: this.#wire.tcp, sentBytes: this.#sentBytes, told: this.#told }, now);
  }

  readonly #sentBytes = (): number => this.#liveness.sentBytes - this.#wire.waitingBytes;

  readonly #told = (confirmedBytes: number, hasAll: boolean, readAt: Micros): void => {
    const hasMoved = hasAll || confirmedBytes > this.#confirmedBytes;
    this.#confirmedBytes = Math.max(confirmedBytes, this.#confirmedBytes);
    if (hasMoved || this.#movedAt === undefined) this.#movedAt = readAt;
    this.#liveness.tcpMoved(hasMoved, this.#movedAt);
  };
}
