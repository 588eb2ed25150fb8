import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A SIP command from the application, as it stood in its frame. */
export interface AppCommand {
  readonly messageId: string;
  /** The transaction or dialog that it names; empty when it names none. */
  readonly txnId: string;
  readonly dialogId: string;
  readonly proxy: string;
  /** `INVITE`, `BYE` ... or the status of a response, `200`. */
  readonly method: string;
  readonly uri: string;
  /** Header values by lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  readonly socket: Socket;
}

/** A request of the application that the fake has taken. */
export interface FakeTransaction {
  readonly txnId: string;
  readonly dialogId: string;
  readonly command: AppCommand;
  /** Headers that a response repeats. */
  readonly repeated: readonly string[];
}

/** A response to be made up. */
export interface FakeResponse {
  /** `486 Busy Here`. */
  readonly status: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  /** Made up by the server: the frame then has no source address. */
  readonly isLocal?: boolean;
  /** Where it comes from. Default: the peer at 127.0.0.1. */
  readonly sourceAddress?: string;
  /** No tag in To, no Contact: what the caller says is all there is. */
  readonly isBare?: boolean;
  /** Which fork it comes from. Default: peer. */
  readonly toTag?: string;
}

/** What a request of the peer carries besides the usual. */
export interface RequestText {
  readonly headers?: readonly string[];
  readonly body?: string;
}

const TIME = '12:00:00.000000';

function parseSip(text: string): Pick<AppCommand, 'method' | 'uri' | 'headers' | 'body'> {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const [method = '', uri = ''] = first.split(' ');
  const headers = new Map(
    lines.map((line): [string, string] => {
      const at = line.indexOf(':');
      return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
  const isResponse = method.startsWith('SIP/');
  return { method: isResponse ? uri : method, uri, headers, body: rest.join('\r\n\r\n') };
}

/**
 * The server's end of the drachtio control protocol, without SIP behind it: a test says what the network does.
 * Secrets, routes and pings are answered; `ACK` and responses are acknowledged; all other requests wait for the test.
 */
export class FakeDrachtioServer {
  readonly #server: Server;
  readonly #secret: string;
  readonly #sockets = new Set<Socket>();
  /** Dialogs whose ACK goes out as it was asked for. */
  readonly #answered = new Set<string>();
  readonly #unclaimed: AppCommand[] = [];
  readonly #waiters = new Set<() => void>();
  #batch: string[] | undefined;
  #count = 0;
  /** What it tells of itself when a secret is right; a server that has just started may know no addresses yet. */
  identity = { version: 'v0.9.10', hostports: 'udp/127.0.0.1:5060' };
  /** Of the last request of a peer; an ACK repeats that of its INVITE. */
  #peerCseq = 0;
  /** Takes connections and says nothing at all, as a port of something else. */
  isMute = false;
  /** A frozen server reads but says nothing to a ping. */
  answersPings = true;
  /** Why ACKs are refused; the real server does so after a failure, and when it has no Contact to send them to. */
  refusesAcks: string | undefined;
  /** How many control connections were ever taken. */
  connectionCount = 0;
  /** Every SIP command so far. */
  readonly commands: AppCommand[] = [];

  private constructor(server: Server, secret: string) {
    this.#server = server;
    this.#secret = secret;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async listen(secret = 'cymru', port = 0): Promise<FakeDrachtioServer> {
    const server = createServer();
    const fake = new FakeDrachtioServer(server, secret);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  /** Ends all control connections, as a killed server would. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.dropConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** The next unclaimed command with this method or status, in this dialog if one is named. */
  async next(method: string, dialogId?: string): Promise<AppCommand> {
    const isWanted = (command: AppCommand): boolean =>
      command.method === method && (dialogId === undefined || command.dialogId === dialogId);
    for (;;) {
      const at = this.#unclaimed.findIndex(isWanted);
      const [found] = at === -1 ? [] : this.#unclaimed.splice(at, 1);
      if (found !== undefined) return found;
      await this.#changed();
    }
  }

  /** Waits until `isTrue` holds; it is looked at after each frame, connection and loss. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await this.#changed();
  }

  /** Echoes a request: the server has sent it, or is still looking for the address (`isUnresolved`). */
  take(command: AppCommand, { isUnresolved = false } = {}): FakeTransaction {
    this.#count += 1;
    const { headers } = command;
    const txnId = `txn-${this.#count}`;
    const callId = headers.get('call-id') ?? `call-${this.#count}`;
    const from = headers.get('from') ?? '<sip:127.0.0.1:5060>';
    const fromTag = /;tag=([^;]+)/.exec(from)?.[1] ?? `tag${this.#count}`;
    const repeated = [
      'Via: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK1',
      from.includes(';tag=') ? `From: ${from}` : `From: ${from};tag=${fromTag}`,
      `Call-ID: ${callId}`,
      `CSeq: ${headers.get('cseq') ?? `${this.#count} ${command.method}`}`,
    ];
    const dialogId = command.dialogId === '' ? `${callId};from-tag=${fromTag}` : command.dialogId;
    const message = [
      `${command.method} ${command.uri} SIP/2.0`,
      ...(isUnresolved ? repeated.slice(1) : repeated),
      `To: <${command.uri}>`,
      'Contact: <sip:127.0.0.1:5060>',
      `Content-Length: ${command.body.length}`,
      '',
      command.body,
    ].join('\r\n');
    const place = isUnresolved ? '0|unknown||0' : '500|udp|127.0.0.1|5060';
    const fields = `OK|application|${place}|${TIME}|${txnId}|Msg sent:|`;
    this.#reply(command, `${fields}\r\n${message}`);
    return { txnId, dialogId, command, repeated };
  }

  /** Refuses a command. */
  refuse(command: AppCommand, reason: string): void {
    this.#reply(command, `NOK|${reason}`);
  }

  /** The network answers a request. */
  respond(transaction: FakeTransaction, response: FakeResponse): void {
    const { status, headers = [], body = '', isLocal = false, isBare = false } = response;
    const { sourceAddress = '127.0.0.1', toTag = 'peer' } = response;
    const { command, txnId, dialogId, repeated } = transaction;
    const to = `To: <${command.uri}>${isBare ? '' : `;tag=${toTag}`}`;
    const contact = isBare ? [] : ['Contact: <sip:peer@127.0.0.1:5999>'];
    const type = body === '' ? [] : ['Content-Type: application/sdp'];
    if (status.startsWith('2')) this.#answered.add(dialogId);
    const lines = [`SIP/2.0 ${status}`, ...repeated, to, ...contact, ...type, ...headers];
    const source = isLocal ? '|0' : `${sourceAddress}|5999`;
    this.#send(
      command.socket,
      `sip|network|300|udp|${source}|${TIME}|${txnId}|${dialogId}|\r\n${withBody(lines, body)}`,
    );
  }

  /** The peer sends a request within a dialog; returns the transaction id that the answer will name. */
  request(transaction: FakeTransaction, method: string, parts: RequestText = {}): string {
    const { dialogId, command } = transaction;
    const [callId = '', tag = ''] = dialogId.split(';from-tag=');
    const to = `To: <sip:127.0.0.1:5060>;tag=${tag}`;
    return this.#request(command.socket, dialogId, [to, `Call-ID: ${callId}`], {
      method,
      ...parts,
    });
  }

  /** The server itself has hung a dialog up, and says so. */
  endDialog({ dialogId, command }: FakeTransaction, reason: string): void {
    const [callId = '', tag = ''] = dialogId.split(';from-tag=');
    const lines = [
      'BYE sip:peer@127.0.0.1:5999 SIP/2.0',
      'Via: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK3',
      `From: <sip:127.0.0.1:5060>;tag=${tag}`,
      `To: <${command.uri}>;tag=peer`,
      `Call-ID: ${callId}`,
      'CSeq: 3000 BYE',
      `Reason: SIP;cause=200;text="${reason}"`,
    ];
    const meta = `sip|application|300|udp|127.0.0.1|5060|${TIME}|unsolicited|${dialogId}|`;
    this.#send(command.socket, `${meta}\r\n${withBody(lines, '')}`);
  }

  /** Somebody sends a request outside of any dialog. */
  requestOutside(method: string): string {
    const [socket] = this.#sockets;
    if (socket === undefined) throw new Error('nobody is connected');
    const headers = ['To: <sip:127.0.0.1:5060>', 'Call-ID: outside'];
    return this.#request(socket, '', headers, { method });
  }

  #request(
    socket: Socket,
    dialogId: string,
    own: readonly string[],
    parts: RequestText & { readonly method: string },
  ): string {
    this.#count += 1;
    const { method, body = '', headers = [] } = parts;
    if (method !== 'ACK') this.#peerCseq = 2000 + this.#count;
    const txnId = `peer-txn-${this.#count}`;
    const lines = [
      `${method} sip:127.0.0.1:5060 SIP/2.0`,
      'Via: SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bK2',
      'From: <sip:peer@127.0.0.1>;tag=peer',
      ...own,
      `CSeq: ${this.#peerCseq} ${method}`,
      'Contact: <sip:peer@127.0.0.1:5999>',
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      ...headers,
    ];
    const meta = `sip|network|300|udp|127.0.0.1|5999|${TIME}|${txnId}|${dialogId}|`;
    const receivedOn = dialogId === '' ? '127.0.0.1|5060|' : '';
    this.#send(socket, `${meta}${receivedOn}\r\n${withBody(lines, body)}`);
    return txnId;
  }

  /** Sends what the test says, byte for byte. */
  sendRaw(bytes: string): void {
    for (const socket of this.#sockets) socket.write(bytes);
  }

  /** Everything sent in `run` leaves in one piece. */
  inOneSegment(run: () => void): void {
    this.#batch = [];
    run();
    const bytes = this.#batch.join('');
    this.#batch = undefined;
    this.sendRaw(bytes);
  }

  #accept(socket: Socket): void {
    this.connectionCount += 1;
    this.#sockets.add(socket);
    let buffered = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on('error', () => undefined); // A connection that breaks is part of the tests.
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#announce();
    });
    socket.on('data', (chunk) => {
      buffered = Buffer.concat([buffered, chunk]);
      for (;;) {
        const mark = buffered.indexOf('#');
        const end = mark + 1 + Number(buffered.toString('latin1', 0, Math.max(0, mark)));
        if (mark === -1 || buffered.length < end) break;
        this.#frame(socket, buffered.toString('utf8', mark + 1, end));
        buffered = buffered.subarray(end);
      }
      this.#announce();
    });
  }

  #frame(socket: Socket, payload: string): void {
    const at = payload.indexOf('\r\n');
    const fields = (at === -1 ? payload : payload.slice(0, at)).split('|');
    const [messageId = '', type] = fields;
    if (type === 'authenticate') this.#authenticate(socket, messageId, fields[2]);
    else if (type === 'route') this.#send(socket, `response|${messageId}|OK`);
    else if (type === 'ping' && this.answersPings) {
      this.#send(socket, `response|${messageId}|OK|pong`);
    } else if (type === 'sip') this.#sip(socket, fields, payload.slice(at + 2));
  }

  #authenticate(socket: Socket, messageId: string, secret: string | undefined): void {
    if (this.isMute) return;
    if (secret === this.#secret) {
      const { hostports, version } = this.identity;
      this.#send(socket, `response|${messageId}|OK|${hostports}|${version}|${hostports}`);
    } else {
      this.#send(socket, `response|${messageId}|NO|incorrect secret`);
      socket.end();
    }
  }

  #sip(socket: Socket, fields: readonly string[], text: string): void {
    const [messageId = '', , txnId = '', dialogId = '', proxy = ''] = fields;
    const command = { messageId, txnId, dialogId, proxy, socket, ...parseSip(text) };
    this.commands.push(command);
    this.#unclaimed.push(command);
    if (command.method === 'ACK') {
      if (this.refusesAcks === undefined) {
        const callId = dialogId.split(';')[0] ?? '';
        const sent = withBody([`ACK ${command.uri} SIP/2.0`, `Call-ID: ${callId}`], '');
        const echo = this.#answered.has(dialogId) ? `\r\n${sent}` : '';
        this.#reply(command, `OK|application|1|udp|||${TIME}|t|Msg sent:|${echo}`);
      } else this.refuse(command, this.refusesAcks);
    }
    if (/^\d/.test(command.method)) {
      const meta = `OK|application|1|udp|127.0.0.1|5999|${TIME}|${txnId}|||Msg sent:|`;
      this.#reply(command, `${meta}\r\n${text}`);
    }
  }

  #reply(command: AppCommand, fields: string): void {
    this.#send(command.socket, `response|${command.messageId}|${fields}`);
  }

  #send(socket: Socket, rest: string): void {
    this.#count += 1;
    const payload = `id-${this.#count}|${rest}`;
    const frame = `${Buffer.byteLength(payload)}#${payload}`;
    if (this.#batch === undefined) socket.write(frame);
    else this.#batch.push(frame);
  }

  async #changed(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiters.add(resolve);
    });
  }

  #announce(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const resolve of waiters) resolve();
  }
}

function withBody(lines: readonly string[], body: string): string {
  return [...lines, `Content-Length: ${body.length}`, '', body].join('\r\n');
}
