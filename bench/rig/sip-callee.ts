import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { bodyOf, buildSipMessage, parseSipMessage, SipHeaders } from '#protocol/sip';
import type { SipRequest } from '#protocol/sip';

const HOST = '127.0.0.1';
const REPEATED = ['Via', 'From', 'Call-ID', 'CSeq'];

/** A callee that answers every call at once: the user part of its address is the number of the call. */
export class SipCallee {
  readonly #socket: Socket;
  /** Where the caller of each call wants its RTP. */
  readonly #offers = new Map<number, number>();

  /** The port that the media of all calls comes from. */
  readonly #mediaPort: number;

  private constructor(socket: Socket, mediaPort: number) {
    this.#socket = socket;
    this.#mediaPort = mediaPort;
    socket.on('message', (bytes, from) => this.#receive(bytes, from));
  }

  static async listen(mediaPort: number): Promise<SipCallee> {
    const socket = createSocket('udp4');
    await new Promise<void>((bound) => socket.bind(0, HOST, bound));
    return new SipCallee(socket, mediaPort);
  }

  /** The address to dial for a call. */
  uri(call: number): string {
    return `sip:${call}@${HOST}:${this.#socket.address().port}`;
  }

  /** Where the caller wants the RTP of a call. @throws Error when it has not called. */
  offeredPort(call: number): number {
    const port = this.#offers.get(call);
    if (port === undefined) throw new Error(`call ${call} has not come`);
    return port;
  }

  close(): void {
    this.#socket.close();
  }

  #receive(bytes: Buffer, from: RemoteInfo): void {
    const message = parseSipMessage(bytes, 'datagram');
    if (message.kind !== 'request' || message.method === 'ACK') return;
    if (message.method === 'INVITE') this.#answer(message, from);
    else this.#send(message, from, '');
  }

  #answer(invite: SipRequest, from: RemoteInfo): void {
    const call = Number(/^sip:(\d+)@/.exec(invite.uri)?.[1]);
    const offered = Number(/^m=audio (\d+) /m.exec(new TextDecoder().decode(invite.body))?.[1]);
    this.#offers.set(call, offered);
    const lines = [
      'v=0',
      `o=- 1 1 IN IP4 ${HOST}`,
      's=-',
      `c=IN IP4 ${HOST}`,
      't=0 0',
      `m=audio ${this.#mediaPort} RTP/AVP 0`,
    ];
    this.#send(invite, from, `${lines.join('\r\n')}\r\n`);
  }

  #send(request: SipRequest, from: RemoteInfo, sdp: string): void {
    const headers = new SipHeaders();
    for (const name of REPEATED) {
      for (const value of request.headers.getAll(name)) headers.append(name, value);
    }
    const to = request.headers.get('To') ?? '';
    headers.append('To', to.includes(';tag=') ? to : `${to};tag=bench`);
    headers.append('Contact', `<sip:bench@${HOST}:${this.#socket.address().port}>`);
    if (sdp !== '') headers.append('Content-Type', 'application/sdp');
    const response = { kind: 'response', status: 200, reason: 'OK', headers } as const;
    this.#socket.send(buildSipMessage({ ...response, body: bodyOf(sdp) }), from.port, from.address);
  }
}
