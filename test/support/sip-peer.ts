import { createSocket } from 'node:dgram';
import type { Socket as UdpSocket } from 'node:dgram';
import { createServer, isIPv6 } from 'node:net';
import type { AddressInfo, Server, Socket as TcpSocket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import {
  bodyOf,
  buildSipMessage,
  EMPTY_BODY,
  parseSipMessage,
  responseTo,
  SipHeaders,
  SipStreamFramer,
  tagOf,
} from '#protocol/sip';
import type { SipMessage, SipRequest, SipResponse } from '#protocol/sip';

/** What a scripted response carries. */
export interface PeerResponse {
  readonly toTag?: string;
  /** Default: the peer's own address, for INVITE; `null` leaves it out. */
  readonly contact?: string | null;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
}

interface Received {
  readonly message: SipMessage;
  readonly reply: (bytes: Uint8Array) => void;
}

/** How a peer is reached. */
export type PeerTransport = 'udp' | 'tcp' | 'tls';

/** Where a peer listens, and with which certificate. */
export interface PeerPlace {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly tls?: TlsOptions;
}

type Wanted = (message: SipMessage) => boolean;

const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

/** A SIP peer that does what a test tells it, message by message. */
export class SipPeer {
  readonly transport: PeerTransport;
  /** Address literal, in brackets where it is IPv6. */
  readonly host: string;
  /** Connections taken since the start. */
  connectionCount = 0;
  /** Keep-alive pings received. */
  pingCount = 0;
  /** Everything received, in order; repetitions included. */
  readonly received: SipMessage[] = [];
  readonly #queue: Received[] = [];
  readonly #waiting: { wanted: Wanted; resolve: (received: Received) => void }[] = [];
  readonly #replies = new WeakMap<SipMessage, (bytes: Uint8Array) => void>();
  readonly #connections = new Set<TcpSocket>();
  #udp: UdpSocket | undefined;
  #tcp: Server | undefined;
  #port = 0;
  #branch = 0;

  private constructor(transport: PeerTransport, host: string) {
    this.transport = transport;
    this.host = isIPv6(host) ? `[${host}]` : host;
  }

  /** Listens on a free port of 127.0.0.1 or another loopback address. */
  static async listen(
    transport: PeerTransport = 'udp',
    { host = '127.0.0.1', port = 0, tls = {} }: PeerPlace = {},
  ): Promise<SipPeer> {
    const peer = new SipPeer(transport, host);
    await (transport === 'udp' ? peer.#bind(host, port) : peer.#accept(host, port, tls));
    return peer;
  }

  get port(): number {
    return this.#port;
  }

  /** The URI to call. */
  get uri(): string {
    return this.uriAt(this.host);
  }

  /** The same with a name in the place of the address. */
  uriAt(host: string): string {
    const suffix = this.transport === 'udp' ? '' : `;transport=${this.transport}`;
    return `sip:bob@${host}:${this.#port}${suffix}`;
  }

  async #bind(host: string, port: number): Promise<void> {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    socket.on('message', (bytes, from) => {
      this.#take(parseSipMessage(bytes, 'datagram'), (reply) =>
        socket.send(reply, from.port, from.address),
      );
    });
    await new Promise<void>((resolve) => socket.bind(port, host, resolve));
    this.#port = socket.address().port;
    this.#udp = socket;
  }

  async #accept(host: string, port: number, tls: TlsOptions): Promise<void> {
    const take = (socket: TcpSocket): void => {
      const framer = new SipStreamFramer();
      this.#connections.add(socket);
      this.connectionCount += 1;
      socket.on('error', () => undefined);
      socket.on('close', () => this.#connections.delete(socket));
      socket.on('data', (bytes) => {
        for (const message of framer.push(bytes)) {
          this.#take(message, (reply) => socket.write(reply));
        }
        this.pingCount += framer.takePings();
      });
    };
    const server = this.transport === 'tls' ? createTlsServer(tls, take) : createServer(take);
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(port, host, resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#tcp = server;
  }

  #take(message: SipMessage, reply: (bytes: Uint8Array) => void): void {
    const isRepeated = this.#isRepeated(message);
    this.received.push(message);
    this.#replies.set(message, reply);
    if (isRepeated) return;
    const at = this.#waiting.findIndex(({ wanted }) => wanted(message));
    const [waiting] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (waiting === undefined) this.#queue.push({ message, reply });
    else waiting.resolve({ message, reply });
  }

  /** A repeated message is counted but not handed out again; a repeated ACK is, it is an answer to us. */
  #isRepeated(message: SipMessage): boolean {
    if (message.kind === 'request' && message.method === 'ACK') return false;
    const identity = identityOf(message);
    return this.received.some((other) => identityOf(other) === identity);
  }

  async #next(wanted: Wanted, what: string): Promise<SipMessage> {
    const at = this.#queue.findIndex(({ message }) => wanted(message));
    const [queued] = at < 0 ? [] : this.#queue.splice(at, 1);
    if (queued !== undefined) return queued.message;
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const seen = this.received.map(describe).join(', ');
        reject(new Error(`no ${what} came, only: ${seen}`));
      }, 5000);
      const taken = ({ message }: Received): void => {
        clearTimeout(timer);
        resolve(message);
      };
      this.#waiting.push({ wanted, resolve: taken });
    });
  }

  /** The next request of that method that no earlier call has taken. */
  async request(method: string): Promise<SipRequest> {
    const wanted: Wanted = (message) => message.kind === 'request' && message.method === method;
    return (await this.#next(wanted, method)) as SipRequest;
  }

  /** The next final response to a request of ours of that method. */
  async response(method: string): Promise<SipResponse> {
    const wanted: Wanted = (message) =>
      message.kind === 'response' &&
      message.status >= 200 &&
      message.headers.get('CSeq')?.endsWith(` ${method}`) === true;
    return (await this.#next(wanted, `response to ${method}`)) as SipResponse;
  }

  /** How many different requests of that method came. */
  count(method: string): number {
    const requests = this.received.filter((message) => describe(message) === method);
    return new Set(requests.map(({ headers }) => headers.get('Via'))).size;
  }

  /** How many requests of that method came, repetitions included. */
  countAll(method: string): number {
    return this.received.filter((message) => describe(message) === method).length;
  }

  /** Responds to a request. An INVITE that is accepted gets Contact and SDP. */
  respond(request: SipRequest, status: number, parts: PeerResponse = {}): void {
    const response = responseTo(request, {
      status,
      reason: `Status ${status}`,
      ...(status > 100 ? { toTag: parts.toTag ?? 'peer' } : {}),
    });
    const isAnswer = request.method === 'INVITE' && status > 100 && status < 300;
    const contact = parts.contact === undefined && isAnswer ? `<${this.uri}>` : parts.contact;
    if (contact !== null && contact !== undefined) response.headers.append('Contact', contact);
    for (const [name, value] of parts.headers ?? []) response.headers.append(name, value);
    const body = parts.body ?? (isAnswer && status >= 200 ? SDP : undefined);
    if (body !== undefined) response.headers.append('Content-Type', 'application/sdp');
    const whole = { ...response, body: body === undefined ? EMPTY_BODY : bodyOf(body) };
    this.#replies.get(request)?.(buildSipMessage(whole));
  }

  /** Sends a request within the dialog that an INVITE of the other side began. */
  sendWithin(invite: SipRequest, method: string, cseq: number, parts: PeerResponse = {}): void {
    const headers = new SipHeaders([
      ['Via', this.#via()],
      ['Max-Forwards', '70'],
      ['From', `${invite.headers.get('To') ?? ''};tag=${parts.toTag ?? 'peer'}`],
      ['To', invite.headers.get('From') ?? ''],
      ['Call-ID', invite.headers.get('Call-ID') ?? ''],
      ['CSeq', `${cseq} ${method}`],
      ['Contact', parts.contact ?? `<${this.uri}>`],
      ...(parts.headers ?? []),
    ]);
    const body = parts.body === undefined ? EMPTY_BODY : bodyOf(parts.body);
    const uri = /<([^>]+)>/.exec(invite.headers.get('Contact') ?? '')?.[1] ?? '';
    const request: SipRequest = { kind: 'request', method, uri, headers, body };
    this.#replies.get(invite)?.(buildSipMessage(request));
  }

  /** Sends a request of its own to a port of its address, by UDP. */
  sendTo(
    port: number,
    method: string,
    parts: {
      readonly callId: string;
      readonly headers?: PeerResponse['headers'];
      readonly body?: string;
      /** Via without its branch. Default: the address of the peer. */
      readonly via?: string;
    },
  ): SipRequest {
    const headers = new SipHeaders([
      ['Via', this.#via(parts.via)],
      ['Max-Forwards', '70'],
      ['From', `<sip:bob@${this.host}:${this.#port}>;tag=caller`],
      ['To', `<sip:alice@${this.host}:${port}>`],
      ['Call-ID', parts.callId],
      ['CSeq', `1 ${method}`],
      ['Contact', `<${this.uri}>`],
      ...(parts.headers ?? []),
    ]);
    const body = parts.body === undefined ? EMPTY_BODY : bodyOf(parts.body);
    const uri = `sip:alice@${this.host}:${port}`;
    const request: SipRequest = { kind: 'request', method, uri, headers, body };
    this.#udp?.send(buildSipMessage(request), port, this.host.replace(/[[\]]/g, ''));
    return request;
  }

  /** Sends a request (an ACK, a CANCEL) made from an earlier one of ours. */
  sendFollowUp(port: number, request: SipRequest, method: string, response?: SipResponse): void {
    const headers = request.headers.clone();
    headers.set('CSeq', headers.get('CSeq')?.replace(/ .*/, ` ${method}`) ?? '');
    if (response !== undefined) headers.set('To', response.headers.get('To') ?? '');
    if (method === 'ACK' && response !== undefined && response.status < 300) {
      headers.set('Via', this.#via());
    }
    const followUp: SipRequest = { ...request, method, headers, body: EMPTY_BODY };
    this.#udp?.send(buildSipMessage(followUp), port, '127.0.0.1');
  }

  #via(sender?: string): string {
    this.#branch += 1;
    const transport = this.transport.toUpperCase();
    const usual = `SIP/2.0/${transport} ${this.host}:${this.#port}`;
    return `${sender ?? usual};branch=z9hG4bKpeer${this.#branch}`;
  }

  /** Breaks all stream connections. */
  disconnect(): void {
    for (const socket of this.#connections) socket.destroy();
  }

  async close(): Promise<void> {
    this.disconnect();
    const socket = this.#udp ?? this.#tcp;
    this.#udp = undefined;
    this.#tcp = undefined;
    if (socket === undefined) return;
    await new Promise<void>((resolve) => {
      socket.close(() => resolve());
    });
  }
}

function identityOf(message: SipMessage): string {
  const parts = ['Via', 'Call-ID', 'CSeq', 'To'].map((name) => message.headers.get(name));
  return [describe(message), ...parts].join(' ');
}

/** The tag of a request's From. */
export const fromTag = (message: SipMessage): string => tagOf(message.headers.get('From')) ?? '';

function describe(message: SipMessage): string {
  if (message.kind === 'request') return message.method;
  return `${message.status} ${message.headers.get('CSeq') ?? ''}`;
}
