import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '#foundation';
import type { Logger, RandomSource } from '#foundation';
import { SeededRandom, VirtualTime } from '#testkit';
import { bodyOf, buildSipMessage } from '#protocol/sip';
import { RawControl, sketch } from '../support/raw-control.ts';
import { allTablesEmpty, OFFER, SECRET, SignallingWorld } from '../support/signalling-world.ts';
import { until } from '../support/until.ts';

const world = new SignallingWorld();
afterEach(() => world.close());

const SEED = 20_261;
const ROUNDS = 1500;

const NASTY = [
  '',
  '*',
  '<',
  '"',
  '|',
  '\u0000',
  ';tag',
  ';tag=a|b',
  '<sip:@>',
  'sip:[::1]',
  '<sips:x@y>',
  '<tel:+1>',
  '99999999999999999999',
  '-1',
  '1 INVITE',
  'SIP/2.0/UDP x',
  'SIP/2.0/TCP 127.0.0.1:1;branch=z9hG4bKx',
  'é\u{1f600}',
  'x'.repeat(9000),
];

/** A logger that remembers the bugs it was told of. */
function bugLogger(): { readonly logger: Logger; readonly bugs: unknown[] } {
  const bugs: unknown[] = [];
  const error = (event: string, fields?: object): void => void bugs.push({ event, ...fields });
  return { logger: { ...silentLogger, error }, bugs };
}

const pick = <T>(random: RandomSource, items: readonly T[]): T => {
  const item = items[random.below(items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
};

/** One line of a message replaced, doubled, dropped or cut. */
function mutate(random: RandomSource, message: string): string {
  const lines = message.split('\r\n');
  const at = random.below(Math.max(1, lines.length - 2));
  const line = lines[at] ?? '';
  const name = line.split(':')[0] ?? '';
  const changed = [
    () => `${name}: ${pick(random, NASTY)}`,
    () => `${line}\r\n${line}`,
    () => line.slice(0, random.below(line.length + 1)),
    () => line + pick(random, NASTY),
    () => line.replace(/[a-z]+/i, pick(random, ['INVITE', 'BYE', 'ACK', 'CANCEL', 'PRACK', 'x'])),
  ];
  lines[at] = pick(random, changed)();
  return lines.join('\r\n');
}

describe('a hostile network', () => {
  it(`does no harm with mutated requests and responses (seed ${SEED})`, async () => {
    const { logger, bugs } = bugLogger();
    // Everything is to be read, also after a mutant has ended the call.
    const strangers = { perSource: { perSecond: ROUNDS, burst: ROUNDS } };
    const server = await world.server({ logger, strangers });
    const srf = await world.client(server, (client) => {
      client.invite((_request, reply) => reply.send(486));
    });
    const peer = await world.peer();
    const calling = srf.createUAC(peer.uri, { localSdp: OFFER });
    const invite = await peer.request('INVITE');
    peer.respond(invite, 200);
    const dialog = await calling;
    await peer.request('ACK');
    const random = new SeededRandom(SEED);
    const socket = createSocket('udp4');
    const identity = ['Call-ID', 'From'].map((name) => invite.headers.get(name) ?? '');
    const response = [...invite.headers.entries()].map(([name, value]) => `${name}: ${value}`);

    let served = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      served = Math.max(served, server.stats().transactions);
      const method = pick(random, ['INVITE', 'INFO', 'UPDATE', 'ACK', 'CANCEL', '200']);
      const template =
        method === '200'
          ? ['SIP/2.0 200 OK', ...response, '', ''].join('\r\n')
          : withinDialog(method, round, identity);
      socket.send(
        bodyOf(mutate(random, mutate(random, template))),
        server.sipAddress.port,
        '127.0.0.1',
      );
      // Lets the server read: its socket holds few datagrams.
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
    peer.sendTo(server.sipAddress.port, 'OPTIONS', { callId: 'still-there' });
    const alive = await peer.response('OPTIONS');
    socket.close();

    expect(alive.status).toBe(200);
    expect(bugs).toEqual([]);
    const dropped = Object.values(server.dropped()).reduce((sum, count) => sum + count, 0);
    expect(dropped).toBeGreaterThan(ROUNDS / 10);
    expect(served).toBeGreaterThan(10);
    // Wherever the mutated Contacts have moved the peer: the call can be ended, if no mutant has (its ACK never comes).
    if (server.stats().dialogs > 0) await dialog.destroy();
    await allTablesEmpty(server);
  });

  it(`does no harm with junk on a stream (seed ${SEED})`, async () => {
    const { logger, bugs } = bugLogger();
    const server = await world.server({ logger });
    const random = new SeededRandom(SEED);
    const good = buildSipMessage({
      ...(await world.peer()).sendTo(server.sipAddress.port, 'OPTIONS', { callId: 'template' }),
    });

    for (let round = 0; round < 100; round += 1) {
      const socket = connect(server.sipAddress.port, '127.0.0.1');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => undefined);
      socket.write(good.subarray(0, random.below(good.length)));
      socket.end(random.bytes(random.below(2000)));
      socket.resume();
      await closed;
    }

    expect(bugs).toEqual([]);
    await until(() => server.stats().tcpConnections === 0, 'no connection is left');
    await allTablesEmpty(server);
  });

  it(`does no harm with mutated commands of a client (seed ${SEED})`, async () => {
    const { logger, bugs } = bugLogger();
    const server = await world.server({ logger });
    const client = await RawControl.connect(server.controlAddress);
    await client.authenticate(SECRET);
    const random = new SeededRandom(SEED);
    const template = [
      'INVITE sip:x@127.0.0.1:9 SIP/2.0',
      'From: <sip:a@localhost>;tag=a',
      'To: <sip:b@localhost>',
      'Contact: <sip:a@localhost>',
      'Call-ID: abc',
      'CSeq: 1 INVITE',
      'Content-Type: application/sdp',
    ].join('\r\n');

    for (let round = 0; round < 300; round += 1) {
      const sip = sketch(mutate(random, mutate(random, template)));
      const answer = await client.ask({ type: 'newRequest', sip });
      expect(answer?.type).toMatch(/^(requestSent|refused)$/);
    }

    expect(bugs).toEqual([]);
    client.destroy();
    await allTablesEmpty(server);
  });
});

describe('a stream connection that a peer began', () => {
  const FIRST_MESSAGE_MS = 10_000;
  const MESSAGE_MS = 30_000;
  const OPTIONS = [
    'OPTIONS sip:a@127.0.0.1 SIP/2.0',
    'Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKo',
    'From: <sip:b@127.0.0.1>;tag=b',
    'To: <sip:a@127.0.0.1>',
    'Call-ID: on-a-stream',
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');

  /** A server whose time stands still, and a connection to it. */
  async function setup() {
    const time = new VirtualTime();
    const server = await world.server({ timers: time });
    const socket = connect(server.sipAddress.port, '127.0.0.1');
    const texts: string[] = [];
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => texts.push(bytes.toString()));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await until(() => server.stats().tcpConnections === 1, 'the connection is accepted');
    const write = (text: string): void => void socket.write(text);
    return { server, socket, time, texts, closed, write };
  }

  it('is closed when no message comes, pings or not', async () => {
    const { server, time, texts, closed, write } = await setup();
    write('\r\n\r\n');
    await until(() => texts.length > 0, 'the ping is answered');

    time.advance(FIRST_MESSAGE_MS - 1);
    expect(server.stats().tcpConnections).toBe(1);
    time.advance(1);

    await closed;
    await until(() => server.stats().tcpConnections === 0, 'it is gone');
    expect(time.pendingCount).toBe(0);
  });

  it('is closed when a message does not end, however many bytes of it come', async () => {
    const { server, time, texts, closed, write } = await setup();
    write(`${OPTIONS}\r\n\r\nINVITE`);
    await until(() => texts.join('').includes('SIP/2.0 200'), 'what is whole is answered');

    for (let i = 0; i < 4; i += 1) {
      time.advance(MESSAGE_MS / 5);
      write(' ');
    }
    expect(server.stats().tcpConnections).toBe(1);
    time.advance(MESSAGE_MS / 5);

    await closed;
    await until(() => server.stats().tcpConnections === 0, 'it is gone');
  });

  it('stays open when it is used', async () => {
    const { server, time, texts, socket, write } = await setup();

    write(OPTIONS);
    await until(() => texts.length > 0, 'the request is answered');
    time.advance(FIRST_MESSAGE_MS + MESSAGE_MS);
    write('\r\n\r\n');

    await until(() => texts.length > 1, 'the ping is answered');
    expect(server.stats().tcpConnections).toBe(1);
    socket.destroy();
  });
});

/** A request of the peer: within our dialog, or (CANCEL) for an INVITE of the same round. */
function withinDialog(method: string, round: number, [callId = '', from = '']: string[]): string {
  return [
    `${method} sip:alice@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK${Math.floor(round / 3)}`,
    'Max-Forwards: 70',
    'From: <sip:bob@127.0.0.1>;tag=peer',
    `To: ${round % 4 === 0 ? '<sip:alice@127.0.0.1>' : from}`,
    `Call-ID: ${round % 8 === 0 ? `other-${round}` : callId}`,
    `CSeq: ${100 + round} ${method}`,
    'Contact: <sip:bob@127.0.0.1:9>',
    'Record-Route: <sip:127.0.0.1:9;lr>',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}
