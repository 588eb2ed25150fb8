import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import type { ScriptedZone } from '../sip/scripted-names.ts';
import {
  addressData,
  buildAnswer,
  NAME_ERROR,
  naptrData,
  NO_ERROR,
  parseQuestion,
  SERVER_FAILURE,
  srvData,
} from './dns-messages.ts';
import type { DnsQuestion } from './dns-messages.ts';

/** What a name server for tests knows; `system` is no business of its. */
export interface DnsStubZone extends ScriptedZone {
  /** Questions that get no answer at all, as `A silent.example`. */
  readonly silent?: readonly string[];
  /** Default: 60. */
  readonly ttlSeconds?: number;
}

/** A name server on a free UDP port of 127.0.0.1 that knows one zone. */
export class DnsStub {
  /** As `SRV _sip._udp.example.com`, in order; repetitions included. */
  readonly asked: string[] = [];
  /** What it knows; may be changed while it runs. */
  zone: DnsStubZone;
  readonly #socket: Socket;

  private constructor(zone: DnsStubZone) {
    this.zone = zone;
    this.#socket = createSocket('udp4');
    this.#socket.on('message', (bytes, from) => this.#receive(bytes, from));
  }

  static async start(zone: DnsStubZone): Promise<DnsStub> {
    const stub = new DnsStub(zone);
    await new Promise<void>((resolve) => stub.#socket.bind(0, '127.0.0.1', resolve));
    return stub;
  }

  /** `address:port`, for the list of name servers. */
  get server(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    const question = parseQuestion(bytes);
    const text = `${question.type} ${question.name}`;
    this.asked.push(text);
    if (this.zone.silent?.includes(text) === true) return;
    this.#socket.send(this.#answer(question, text), from.port, from.address);
  }

  #answer(question: DnsQuestion, text: string): Uint8Array {
    const { failing = [], ttlSeconds = 60 } = this.zone;
    const records = failing.includes(text) ? [] : this.#recordsFor(question);
    const code = this.#isKnown(question.name) ? NO_ERROR : NAME_ERROR;
    return buildAnswer(question, failing.includes(text) ? SERVER_FAILURE : code, {
      records,
      ttlSeconds,
    });
  }

  #recordsFor({ type, name }: DnsQuestion): readonly Uint8Array[] {
    const { naptr, srv, a, aaaa } = this.zone;
    switch (type) {
      case 'NAPTR':
        return (naptr?.[name] ?? []).map(naptrData);
      case 'SRV':
        return (srv?.[name] ?? []).map(srvData);
      case 'A':
        return (a?.[name] ?? []).map(addressData);
      case 'AAAA':
        return (aaaa?.[name] ?? []).map(addressData);
      default:
        return [];
    }
  }

  /** Whether there is a record of any type: then there is none of the type asked for, but the name exists. */
  #isKnown(name: string): boolean {
    const { naptr, srv, a, aaaa } = this.zone;
    return [naptr, srv, a, aaaa].some((records) => records?.[name] !== undefined);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }
}
