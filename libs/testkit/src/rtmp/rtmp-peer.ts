import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import type { AmfValue } from '#protocol/amf';
import type { PeerMessage } from './chunk-splitter.ts';
import { PeerConnection } from './peer-connection.ts';
import type { PeerBehaviour, PeerStep } from './peer-connection.ts';

const MEDIA_TYPES: ReadonlyMap<number, 'audio' | 'video' | 'script'> = new Map([
  [8, 'audio'],
  [9, 'video'],
  [18, 'script'],
]);

/** A tag as it reached the peer. */
export interface PeerTag {
  readonly kind: 'audio' | 'video' | 'script';
  readonly timestampMs: number;
  readonly body: Buffer;
}

/** An RTMP server that records everything and misbehaves on request. Listens on 127.0.0.1. */
export class RtmpPeer {
  readonly behaviour: PeerBehaviour;
  /** Commands of all connections, as AMF values, in the order they came. */
  readonly commands: (readonly AmfValue[])[] = [];
  readonly tags: PeerTag[] = [];
  /** Other messages: control and unknown ones. */
  readonly messages: PeerMessage[] = [];
  /** Steps reached, over all connections. */
  readonly steps: PeerStep[] = [];
  readonly connections: PeerConnection[] = [];
  readonly #server: Server;
  readonly #waiters = new Set<() => void>();

  private constructor(behaviour: PeerBehaviour, server: Server) {
    this.behaviour = behaviour;
    this.#server = server;
    server.on('connection', (socket) => {
      socket.on('close', () => this.#changed());
      const connection = new PeerConnection(socket, { ...this.behaviour }, this.#ear());
      this.connections.push(connection);
    });
  }

  static async start(behaviour: PeerBehaviour = {}): Promise<RtmpPeer> {
    const server = createServer();
    const peer = new RtmpPeer(behaviour, server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(app: string, key: string): string {
    return `rtmp://127.0.0.1:${this.port}/${app}/${key}`;
  }

  /** How many connections are open. */
  get openConnections(): number {
    return this.connections.filter((one) => !one.socket.destroyed).length;
  }

  /** Resolves when `condition` holds; it is asked again whenever something has come in or gone. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (!condition()) return;
        this.#waiters.delete(check);
        resolve();
      };
      this.#waiters.add(check);
    });
  }

  /** Ends all connections: politely, or by a reset. */
  hangUp(how: 'fin' | 'reset'): void {
    for (const { socket } of this.connections) {
      if (how === 'fin') socket.end();
      else socket.resetAndDestroy();
    }
  }

  async stop(): Promise<void> {
    this.hangUp('reset');
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #ear() {
    return {
      onStep: (step: PeerStep) => this.#record(this.steps, step),
      onCommand: (values: readonly AmfValue[]) => this.#record(this.commands, values),
      onMessage: (message: PeerMessage) => {
        const kind = MEDIA_TYPES.get(message.typeId);
        if (kind === undefined) this.#record(this.messages, message);
        else {
          const { timestampMs, payload } = message;
          this.#record(this.tags, { kind, timestampMs, body: payload });
        }
      },
    };
  }

  #record<T>(list: T[], item: T): void {
    list.push(item);
    this.#changed();
  }

  #changed(): void {
    for (const check of [...this.#waiters]) check();
  }
}
