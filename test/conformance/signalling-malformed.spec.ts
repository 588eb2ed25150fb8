import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { SignallingServer } from '#adapters/sip-transport';
import { allTablesEmpty, SignallingWorld } from '../support/signalling-world.ts';
import { until } from '../support/until.ts';

const world = new SignallingWorld();
afterEach(() => world.close());

const request = (startLine: string, ...lines: readonly string[]): string =>
  [
    startLine,
    'Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKbad',
    'From: <sip:x@127.0.0.1>;tag=1',
    'To: <sip:y@127.0.0.1>',
    'Call-ID: bad',
    'CSeq: 1 OPTIONS',
    ...lines,
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');

const OPTIONS = 'OPTIONS sip:y@127.0.0.1 SIP/2.0';

interface Sender {
  readonly socket: Socket;
  /** The status lines of what came back. */
  readonly replies: string[];
  send(text: string): void;
}

async function setup(): Promise<{ server: SignallingServer; sender: Sender }> {
  const server = await world.server();
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => void socket.close());
  const replies: string[] = [];
  socket.on('message', (bytes) => replies.push(bytes.toString()));
  const { port } = server.sipAddress;
  return {
    server,
    sender: { socket, replies, send: (text) => socket.send(text, port, '127.0.0.1') },
  };
}

describe('a request that is not acceptable SIP', () => {
  it.each([
    [request('OPTIONS sip:y@127.0.0.1 SIP/3.0'), '505 Version Not Supported'],
    [request(OPTIONS, 'Max-Forwards: x'), '400 Bad Max-Forwards'],
    [request(OPTIONS, 'Contact: "'), '400 Bad Quoting'],
    [request(`OPTIONS sip:${'y'.repeat(9000)}@127.0.0.1 SIP/2.0`), '414 Request-URI Too Long'],
  ])(
    'is answered where the answer can be built, without a transaction (%#)',
    async (text, status) => {
      const { server, sender } = await setup();

      sender.send(text);
      await until(() => sender.replies.length > 0, 'an answer');

      const [reply = ''] = sender.replies;
      expect(reply).toMatch(new RegExp(`^SIP/2\\.0 ${status}\r\n`));
      expect(reply).toContain(`rport=${sender.socket.address().port}`);
      expect(reply).toMatch(/To: <sip:y@127\.0\.0\.1>;tag=\w+/);
      expect(reply.length).toBeLessThan(text.length + 200);
      expect(server.stats().transactions).toBe(0);
    },
  );

  it('is answered over TCP as well, and the connection goes on', async () => {
    const { server } = await setup();
    const socket = connect(server.sipAddress.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    let text = '';
    socket.on('data', (bytes) => (text += bytes.toString()));

    socket.write(request(OPTIONS, 'Max-Forwards: x').replace('/UDP', '/TCP'));
    socket.write(request(OPTIONS, 'Max-Forwards: 0').replace('/UDP', '/TCP'));
    await until(() => (text.match(/SIP\/2\.0 /g)?.length ?? 0) >= 2, 'two answers');

    expect(text.match(/^SIP\/2\.0 \d{3}/gm)).toEqual(['SIP/2.0 400', 'SIP/2.0 200']);
  });

  it('is not answered more often than any other request of a stranger', async () => {
    const { server, sender } = await setup();

    // Sent until enough have come, because UDP may lose some.
    for (const taken = () => server.dropped()['maxForwards'] ?? 0; taken() < 300;) {
      const before = taken();
      for (let count = 0; count < 20; count += 1) sender.send(request(OPTIONS, 'Max-Forwards: x'));
      await until(() => taken() > before, 'some have come');
    }

    expect(sender.replies.length).toBeGreaterThan(0);
    expect(sender.replies.length).toBeLessThan(100);
    await allTablesEmptyButStrangers(server);
  });

  it('is dropped when it is an ACK: nobody answers those, and stray ones are counted', async () => {
    const { server, sender } = await setup();
    const ack = request('ACK sip:y@127.0.0.1 SIP/2.0').replace('1 OPTIONS', '1 ACK');

    sender.send(ack.replace('To: <sip:y@127.0.0.1>', 'To: <sip:y@127.0.0.1>;tag=gone'));
    sender.send(ack.replace('Call-ID: bad', 'Call-ID: bad\r\nCall-ID: bad'));
    await until(() => server.dropped()['duplicateHeader'] === 1, 'both have come');

    expect(server.dropped()).toMatchObject({ strayAcks: 1, duplicateHeader: 1 });
    expect(sender.replies).toEqual([]);
  });
});

describe('a request with no hops left', () => {
  it('is answered: it has reached its end', async () => {
    const { sender } = await setup();

    sender.send(request(OPTIONS, 'Max-Forwards: 0'));
    await until(() => sender.replies.length > 0, 'an answer');

    expect(sender.replies[0]).toMatch(/^SIP\/2\.0 200 /);
  });
});

/** Strangers are remembered for some seconds. */
async function allTablesEmptyButStrangers(server: SignallingServer): Promise<void> {
  const { transactions, dialogs, incomingRequests } = server.stats();
  expect([transactions, dialogs, incomingRequests]).toEqual([0, 0, 0]);
  await allTablesEmpty(server);
}
