import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { NetstringReader, buildNetstring } from './netstring.ts';

/** What baresip tells of an account or a call. */
export interface BaresipEvent {
  /** Its own word, such as `CALL_ESTABLISHED`. */
  readonly type: string;
  /** `sip:user@domain`. */
  readonly account: string;
  /** Call-ID, of events of a call. */
  readonly callId: string | undefined;
  /** The reason of an end, the answer to a REGISTER. */
  readonly detail: string;
}

/** A command, for example `{ command: 'uafind', params: 'sip:anna@127.0.0.1' }`. */
interface BaresipCommand {
  readonly command: string;
  readonly params?: string;
}

interface WireMessage {
  readonly event?: boolean;
  readonly type?: string;
  readonly accountaor?: string;
  readonly id?: string;
  readonly param?: string;
  readonly response?: boolean;
  readonly ok?: boolean;
  readonly data?: string;
}

const WAIT_MS = 15_000;

/** The connection to baresip's module ctrl_tcp: JSON in netstrings, one command after the other. */
export class BaresipControl {
  readonly #socket: Socket;
  readonly #events: BaresipEvent[] = [];
  readonly #waiters = new Set<() => void>();
  readonly #answers: ((answer: WireMessage) => void)[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new NetstringReader();
    socket.on('data', (chunk) => {
      for (const text of reader.read(chunk)) this.#take(JSON.parse(text) as WireMessage);
    });
    socket.on('error', () => undefined); // What waits runs into its deadline.
  }

  static async open(host: string, port: number): Promise<BaresipControl> {
    const socket = connect(port, host);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new BaresipControl(socket);
  }

  /** Events so far; a test remembers their number to wait for newer ones. */
  get events(): readonly BaresipEvent[] {
    return this.#events;
  }

  close(): void {
    this.#socket.destroy();
  }

  /**
   * Gives commands as one would type them, without the slash, and nothing comes between: baresip reads them in one go.
   * @throws Error when baresip refuses one.
   */
  async command(...commands: readonly BaresipCommand[]): Promise<void> {
    const answers = commands.map(
      () => new Promise<WireMessage>((resolve) => this.#answers.push(resolve)),
    );
    this.#socket.write(commands.map((each) => buildNetstring(JSON.stringify(each))).join(''));
    for (const [index, { ok, data = '' }] of (await Promise.all(answers)).entries()) {
      if (ok !== true) throw new Error(`baresip refused ${commands[index]?.command}: ${data}`);
    }
  }

  /** The first fitting event from place `from` on. @throws Error when none comes in 15 s. */
  async until(type: string, account: string, from = 0): Promise<BaresipEvent> {
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const found = this.#events
        .slice(from)
        .find((event) => event.type === type && event.account === account);
      if (found !== undefined) return found;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) {
        const seen = this.#events.map((event) => `${event.type} ${event.account}`).join();
        throw new Error(`no ${type} of ${account}, but ${seen}`);
      }
      await this.#news(leftMs);
    }
  }

  #take(message: WireMessage): void {
    if (message.response === true) this.#answers.shift()?.(message);
    if (message.event !== true) return;
    const { type = '', accountaor: account = '', id: callId, param: detail = '' } = message;
    this.#events.push({ type, account, callId, detail });
    for (const wake of [...this.#waiters]) wake();
  }

  /** Settles at the next event, or when the time is over. */
  #news(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      this.#waiters.add(wake);
    });
  }
}
