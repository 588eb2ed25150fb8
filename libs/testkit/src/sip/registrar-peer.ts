import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import {
  buildSipMessage,
  parseCSeq,
  parseNameAddr,
  parseSipMessage,
  responseTo,
  splitList,
} from '#protocol/sip';
import type { SipRequest, SipResponse } from '#protocol/sip';
import { digestProblem } from './digest-verifier.ts';

/** Whom the registrar knows and what it grants. */
export interface RegistrarPeerOptions {
  readonly user: string;
  readonly password: string;
  /** What is granted, whatever was asked for. Default: what was asked for. */
  readonly grantSeconds?: number;
  /** Less is refused with 423. Default: 0. */
  readonly minSeconds?: number;
}

/** One Contact that is registered. */
interface StoredBinding {
  readonly callId: string;
  readonly sequence: number;
}

const REALM = 'registrar.test';

/**
 * A registrar by UDP on 127.0.0.1, as strict as RFC 3261 section 10.3 allows: it challenges, each nonce with a count
 * that must go up by one, and refuses what comes out of order. It expires nothing by itself.
 */
export class RegistrarPeer {
  readonly #socket: Socket;
  readonly #options: RegistrarPeerOptions;
  readonly #nonces = new Map<string, number>();
  #nonceCount = 0;
  /** A repeated request gets the same answer. */
  readonly #answers = new Map<string, Uint8Array>();
  readonly #waiters = new Set<() => void>();
  /** What a REGISTER that is in order gets; `silence` is no answer at all. */
  behaviour: 'register' | 'silence' | { readonly status: number } = 'register';
  minSeconds: number;
  grantSeconds: number | undefined;
  /** By Contact URI. */
  readonly bindings = new Map<string, StoredBinding>();
  /** What was decided, in order: `401`, `200 +sip:contact 60`, `200 -sip:contact`. */
  readonly decisions: string[] = [];
  /** How many requests came, repetitions included. */
  requestCount = 0;
  /** The most Contacts at one time. */
  mostBindings = 0;

  private constructor(socket: Socket, options: RegistrarPeerOptions) {
    this.#socket = socket;
    this.#options = options;
    this.minSeconds = options.minSeconds ?? 0;
    this.grantSeconds = options.grantSeconds;
    socket.on('message', (bytes, from) => this.#take(bytes, from));
  }

  static async listen(options: RegistrarPeerOptions): Promise<RegistrarPeer> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new RegistrarPeer(socket, options);
  }

  /** Request-URI of REGISTER. */
  get uri(): string {
    return `sip:127.0.0.1:${this.#socket.address().port}`;
  }

  /** How many requests have made or refreshed a binding. */
  get grantCount(): number {
    return this.decisions.filter((decision) => decision.startsWith('200 +')).length;
  }

  /** Resolves when `isTrue` holds; it is looked at after each request. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => this.#waiters.add(resolve));
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #take(bytes: Uint8Array, from: RemoteInfo): void {
    const request = parseSipMessage(bytes, 'datagram');
    if (request.kind !== 'request') return;
    const key = request.headers.get('Via') ?? '';
    const answer = this.#answers.get(key) ?? this.#answer(request);
    this.requestCount += 1;
    if (answer !== undefined) {
      this.#answers.set(key, answer);
      this.#socket.send(answer, from.port, from.address);
    }
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }

  #answer(request: SipRequest): Uint8Array | undefined {
    if (this.behaviour === 'silence') return undefined;
    return buildSipMessage(this.#decide(request));
  }

  #decide(request: SipRequest): SipResponse {
    if (request.method !== 'REGISTER') return this.#refuse(request, 405);
    if (typeof this.behaviour === 'object') return this.#refuse(request, this.behaviour.status);
    if (!this.#isAuthorized(request)) {
      this.#nonceCount += 1;
      const nonce = `nonce-${this.#nonceCount}`;
      this.#nonces.set(nonce, 0);
      const challenge = `Digest realm="${REALM}", nonce="${nonce}", qop="auth", algorithm=SHA-256`;
      return this.#refuse(request, 401, ['WWW-Authenticate', challenge]);
    }
    const contacts = splitList(request.headers.get('Contact') ?? '').map(parseNameAddr);
    const expires = Number(contacts[0]?.params.get('expires') ?? request.headers.get('Expires'));
    if (contacts.length !== 1 || !(expires >= 0)) return this.#refuse(request, 400);
    if (expires > 0 && expires < this.minSeconds) {
      return this.#refuse(request, 423, ['Min-Expires', String(this.minSeconds)]);
    }
    return this.#store(request, contacts[0]?.uri ?? '', expires);
  }

  #isAuthorized(request: SipRequest): boolean {
    const header = request.headers.get('Authorization') ?? '';
    const nonce = /nonce="([^"]+)"/.exec(header)?.[1] ?? '';
    const count = this.#nonces.get(nonce);
    if (count === undefined) return false;
    const { user: username, password } = this.#options;
    const { method, uri } = request;
    const problem = digestProblem(header, {
      ...{ method, uri, username, password, realm: REALM, nonce },
      ...{ algorithm: 'SHA-256', qop: 'auth', nonceCount: count + 1 },
    });
    if (problem !== undefined) return false;
    this.#nonces.set(nonce, count + 1);
    return true;
  }

  #store(request: SipRequest, contact: string, expires: number): SipResponse {
    const callId = request.headers.get('Call-ID') ?? '';
    const { sequence } = parseCSeq(request.headers.get('CSeq') ?? '');
    const before = this.bindings.get(contact);
    if (before?.callId === callId && before.sequence >= sequence) return this.#refuse(request, 500);
    const seconds = expires === 0 ? 0 : (this.grantSeconds ?? expires);
    if (expires === 0) this.bindings.delete(contact);
    else this.bindings.set(contact, { callId, sequence });
    this.mostBindings = Math.max(this.mostBindings, this.bindings.size);
    this.decisions.push(expires === 0 ? `200 -${contact}` : `200 +${contact} ${seconds}`);
    const response = responseTo(request, { status: 200, reason: 'OK', toTag: 'registrar' });
    for (const uri of this.bindings.keys()) {
      response.headers.append('Contact', `<${uri}>;expires=${uri === contact ? seconds : 7}`);
    }
    return response;
  }

  /** A nonce stays as good as it was; forgetting them is what a restarted registrar does. */
  forgetNonces(): void {
    this.#nonces.clear();
  }

  #refuse(request: SipRequest, status: number, header?: readonly [string, string]): SipResponse {
    this.decisions.push(String(status));
    const response = responseTo(request, { status, reason: 'No', toTag: 'registrar' });
    if (header !== undefined) response.headers.append(...header);
    return response;
  }
}
