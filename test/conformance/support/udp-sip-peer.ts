import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';

/** A SIP message as the peer got it. */
export interface PeerMessage {
  /** `INVITE`, or the status of a response. */
  readonly method: string;
  /** Header values by lower-case name; the first one counts. */
  readonly headers: ReadonlyMap<string, string>;
  readonly uri: string;
  readonly body: string;
  readonly from: RemoteInfo;
}

/** What a response carries besides the usual. */
export interface ReplyParts {
  readonly headers?: readonly string[];
  readonly body?: string;
  /** Default: true. */
  readonly hasContact?: boolean;
  /** Which fork speaks. Default: the one that sends requests too. */
  readonly tag?: string;
}

const TAG = 'peer-tag';

/**
 * A SIP telephone under the command of a test: it does nothing by itself, except that retransmissions of a request
 * it has already handed out are dropped, as the test answers each request.
 */
export class UdpSipPeer {
  readonly #socket: Socket;
  readonly #inbox: PeerMessage[] = [];
  readonly #seen = new Set<string>();
  #waiters: (() => void)[] = [];
  #cseq = 100;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, from) => this.#received(bytes.toString(), from));
  }

  static async listen(): Promise<UdpSipPeer> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new UdpSipPeer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get uri(): string {
    return `sip:bob@127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  /** The next message with this method or status that nobody has taken. */
  async next(method: string): Promise<PeerMessage> {
    for (;;) {
      const at = this.#inbox.findIndex((message) => message.method === method);
      const [found] = at === -1 ? [] : this.#inbox.splice(at, 1);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Answers a request: `180 Ringing`. */
  reply(request: PeerMessage, status: string, parts: ReplyParts = {}): void {
    const { headers = [], body = '', hasContact = true, tag = TAG } = parts;
    const to = request.headers.get('to') ?? '';
    const repeated = ['Via', 'From', 'Call-ID', 'CSeq'].map(
      (name) => `${name}: ${request.headers.get(name.toLowerCase()) ?? ''}`,
    );
    const lines = [
      `SIP/2.0 ${status}`,
      ...repeated,
      `To: ${to.includes(';tag=') ? to : `${to};tag=${tag}`}`,
      ...(hasContact ? [`Contact: <${this.uri}>`] : []),
      ...headers,
    ];
    this.#send(lines, body, request.from);
  }

  /** Sends a request within the dialog of an INVITE that it has answered. */
  request(invite: PeerMessage, method: string, body = '', headers: readonly string[] = []): void {
    // An ACK has the number of its INVITE (RFC 3261 section 13.2.2.4).
    if (method !== 'ACK') this.#cseq += 1;
    const contact = /<([^>]+)>/.exec(invite.headers.get('contact') ?? '')?.[1] ?? '';
    const lines = [
      `${method} ${contact} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK-${method}-${this.#cseq}`,
      'Max-Forwards: 70',
      `From: ${invite.headers.get('to') ?? ''};tag=${TAG}`,
      `To: ${invite.headers.get('from') ?? ''}`,
      `Call-ID: ${invite.headers.get('call-id') ?? ''}`,
      `CSeq: ${this.#cseq} ${method}`,
      `Contact: <${this.uri}>`,
      ...headers,
    ];
    this.#send(lines, body, invite.from);
  }

  #send(lines: readonly string[], body: string, to: RemoteInfo): void {
    const type = body === '' ? [] : ['Content-Type: application/sdp'];
    const text = [...lines, ...type, `Content-Length: ${body.length}`, '', body].join('\r\n');
    this.#socket.send(text, to.port, to.address);
  }

  #received(text: string, from: RemoteInfo): void {
    const [head = '', ...rest] = text.split('\r\n\r\n');
    const [first = '', ...lines] = head.split('\r\n');
    const [method = '', uri = ''] = first.split(' ');
    const headers = new Map<string, string>();
    for (const line of lines) {
      const at = line.indexOf(':');
      const name = line.slice(0, at).trim().toLowerCase();
      if (!headers.has(name)) headers.set(name, line.slice(at + 1).trim());
    }
    const key = `${first} ${headers.get('via') ?? ''}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const isResponse = method.startsWith('SIP/');
    this.#inbox.push({
      method: isResponse ? uri : method,
      uri,
      headers,
      body: rest.join('\r\n\r\n'),
      from,
    });
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
