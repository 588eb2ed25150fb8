import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { TroubleMaker } from './network-trouble.ts';
import type { NetworkTrouble } from './network-trouble.ts';
import type { Delivery } from './rtp-source.ts';
import type { TroubleLedger } from './trouble-ledger.ts';

const HOST = '127.0.0.1';

/**
 * A bad network between two sockets of 127.0.0.1, in real time. What anyone sends to its port comes to the receiver
 * with trouble, from that port; what the receiver sends back comes unharmed to the one who sent last.
 */
export class UdpRelay {
  readonly port: number;
  readonly #socket: Socket;
  readonly #maker: TroubleMaker;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #startedAtMs = performance.now();
  #receiverPort: number | undefined;
  #senderPort: number | undefined;

  private constructor(socket: Socket, trouble: NetworkTrouble) {
    this.#socket = socket;
    this.#maker = new TroubleMaker(trouble);
    this.port = socket.address().port;
    socket.on('message', (bytes, from) => this.#pass(bytes, from));
  }

  static async open(trouble: NetworkTrouble): Promise<UdpRelay> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, HOST, resolve);
    });
    return new UdpRelay(socket, trouble);
  }

  /** Where the packets go from now on; before, they are dropped and not counted. */
  connect(receiverPort: number): void {
    this.#receiverPort = receiverPort;
  }

  /** The account so far. */
  ledger(): TroubleLedger {
    return this.#maker.ledger();
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#socket.close();
  }

  #pass(bytes: Buffer, { port }: RemoteInfo): void {
    const receiverPort = this.#receiverPort;
    if (receiverPort === undefined) return;
    if (port === receiverPort) {
      if (this.#senderPort !== undefined) this.#socket.send(bytes, this.#senderPort, HOST);
      return;
    }
    this.#senderPort = port;
    const atMs = performance.now() - this.#startedAtMs;
    for (const delivery of this.#maker.carry({ atMs, bytes })) {
      this.#sendLater(delivery, delivery.atMs - atMs, receiverPort);
    }
  }

  #sendLater({ bytes }: Delivery, delayMs: number, port: number): void {
    // What is not late goes at once: a timer would take a millisecond and mix up the order.
    if (delayMs < 1) {
      this.#socket.send(bytes, port, HOST);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#socket.send(bytes, port, HOST);
    }, delayMs);
    this.#timers.add(timer);
  }
}
