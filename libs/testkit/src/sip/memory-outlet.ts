import type { Clock } from '#foundation';
import type {
  MessageOutlet,
  PathFailure,
  SipMessage,
  SipRequest,
  SipResponse,
  TransportPath,
} from '#protocol/sip';

/** A message that was sent into the memory outlet. */
export interface SentMessage {
  readonly atMs: number;
  readonly message: SipMessage;
  readonly path: TransportPath;
  /** Reports that the path does not work, as long as somebody wants to know. */
  readonly failed: PathFailure;
}

/** A wire that remembers what was put on it, and when. */
export class MemoryOutlet implements MessageOutlet {
  readonly sent: SentMessage[] = [];
  readonly #clock: Clock;
  readonly #released = new Set<PathFailure>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  send(message: SipMessage, path: TransportPath, failed?: PathFailure): void {
    const report = (reason: string): void => {
      if (failed !== undefined && !this.#released.has(failed)) failed(reason);
    };
    this.sent.push({ atMs: this.#clock.nowMicros() / 1000, message, path, failed: report });
  }

  release(_path: TransportPath, failed: PathFailure): void {
    this.#released.add(failed);
  }

  /** One word per message, in order: `INVITE`, `ACK`, `200 INVITE`. */
  get log(): readonly string[] {
    return this.sent.map(({ message }) => describeMessage(message));
  }

  /** The times, in milliseconds, at which messages of that description were sent. */
  timesOf(description: string): readonly number[] {
    return this.sent
      .filter(({ message }) => describeMessage(message) === description)
      .map(({ atMs }) => atMs);
  }

  /** The latest request of that method; fails the test when there is none. */
  lastRequest(method: string): SipRequest {
    const found = this.sent.map(({ message }) => message).filter(isRequest);
    const request = found.filter((message) => message.method === method).at(-1);
    if (request === undefined)
      throw new Error(`no ${method} was sent, only ${this.log.join(', ')}`);
    return request;
  }

  /** The latest response; fails the test when there is none. */
  lastResponse(): SipResponse {
    const response = this.sent
      .map(({ message }) => message)
      .filter((message) => message.kind === 'response')
      .at(-1);
    if (response === undefined) throw new Error('no response was sent');
    return response;
  }

  /** Forgets what was sent. */
  clear(): void {
    this.sent.length = 0;
  }
}

const isRequest = (message: SipMessage): message is SipRequest => message.kind === 'request';

function describeMessage(message: SipMessage): string {
  if (message.kind === 'request') return message.method;
  const method = message.headers.get('CSeq')?.split(' ')[1] ?? '';
  return `${message.status} ${method}`;
}
