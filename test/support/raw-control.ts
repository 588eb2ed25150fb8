import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Secret } from '#foundation';
import {
  buildClientMessage,
  buildFrame,
  FrameDecoder,
  parseServerMessage,
} from '#protocol/drachtio';
import type { ClientMessage, ServerMessage } from '#protocol/drachtio';
import { bodyOf } from '#protocol/sip';
import { until } from './until.ts';

/** A control connection without drachtio-srf, to say what drachtio-srf never would. */
export class RawControl {
  readonly received: ServerMessage[] = [];
  readonly #socket: Socket;
  #isClosed = false;
  #nextId = 1;

  private constructor(socket: Socket) {
    const decoder = new FrameDecoder();
    this.#socket = socket;
    socket.on('data', (bytes) => {
      this.received.push(...decoder.push(bytes).map(parseServerMessage));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isClosed = true;
    });
  }

  static async connect(address: { readonly port: number }): Promise<RawControl> {
    const socket = connect({ host: '127.0.0.1', port: address.port });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawControl(socket);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends bytes that need not be a frame. */
  write(bytes: string): void {
    this.#socket.write(bytes);
  }

  /** Sends a command and gives the answer; undefined when the connection is closed instead. */
  async ask(message: CommandWithoutId): Promise<ServerMessage | undefined> {
    const id = `command-${this.#nextId++}`;
    this.#socket.write(buildFrame(buildClientMessage({ ...message, id })));
    const answer = (): ServerMessage | undefined =>
      this.received.find((each) => 'replyTo' in each && each.replyTo === id);
    await until(() => answer() !== undefined || this.#isClosed, `an answer to ${message.type}`);
    return answer();
  }

  async authenticate(secret: string): Promise<ServerMessage | undefined> {
    return await this.ask({ type: 'authenticate', secret: new Secret(secret), tags: [] });
  }

  /** Breaks the connection. */
  destroy(): void {
    this.#socket.destroy();
  }
}

type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;
type CommandWithoutId = DistributiveOmit<ClientMessage, 'id'>;

/** A SIP message as a client writes it. */
export const sketch = (...lines: readonly string[]): Uint8Array =>
  bodyOf(`${lines.join('\r\n')}\r\n\r\n`);
