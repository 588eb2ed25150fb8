import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '#foundation';
import type { SignallingServer } from '#adapters/sip-transport';
import {
  bodyOf,
  buildSipMessage,
  parseNameAddr,
  parseSipMessage,
  parseUri,
  plainForm,
  tagOf,
} from '#protocol/sip';
import type { SipMessage, SipResponse } from '#protocol/sip';
import { readAnswer } from '#protocol/sdp';
import { allTablesEmpty, SignallingWorld } from '../support/signalling-world.ts';
import { IPV6 } from './support/rfc5118.ts';
import { SEMANTICS } from './support/rfc4475-semantics.ts';
import { INVALID_SYNTAX, VALID_SYNTAX } from './support/rfc4475-syntax.ts';
import { tortureBytes } from './support/torture-case.ts';
import type { TortureCase } from './support/torture-case.ts';

const RFC4475 = [...VALID_SYNTAX, ...INVALID_SYNTAX, ...SEMANTICS];
const ALL = [...RFC4475, ...IPV6];

const world = new SignallingWorld();
afterEach(() => world.close());

const named = (cases: readonly TortureCase[]): [string, TortureCase][] =>
  cases.map((each) => [`${each.rfc} ${each.section} ${each.name}`, each]);

const parsed = (name: string, rfc: TortureCase['rfc'] = 'rfc4475'): SipMessage =>
  parseSipMessage(tortureBytes({ rfc, name }), 'datagram');

describe('torture messages, read', () => {
  it('are all there', () => {
    expect(RFC4475).toHaveLength(49);
    expect(IPV6).toHaveLength(12);
  });

  it.each(named(ALL))('%s', (_name, torture) => {
    const bytes = tortureBytes(torture);
    if ('refused' in torture.outcome) {
      const { refused: reason } = torture.outcome;
      expect(() => parseSipMessage(bytes, 'datagram')).toThrow(
        expect.objectContaining({ name: 'SipParseError', reason }),
      );
      return;
    }
    const { headers = {}, bodyBytes, ...start } = torture.outcome.read;
    const message = parseSipMessage(bytes, 'datagram');

    expect(message).toMatchObject(start);
    for (const [name, lines] of Object.entries(headers)) {
      expect(message.headers.getAll(name)).toEqual(lines);
    }
    expect(message.body).toHaveLength(bodyBytes);
    expect(parseSipMessage(buildSipMessage(message), 'datagram').body).toEqual(message.body);
    expect(() => buildSipMessage(plainForm(message))).not.toThrow();
  });
});

describe('torture messages, their parts', () => {
  it('wsinv: names, tags and parameters in spite of the white space', () => {
    const { headers } = parsed('wsinv');

    expect(parseNameAddr(headers.get('From') ?? '').displayName).toBe('J Rosenberg \\"');
    expect(tagOf(headers.get('To'))).toBe('1918181833n');
    expect(plainForm(parsed('wsinv')).headers.getAll('Via')).toEqual([
      'SIP/2.0/UDP 192.0.2.2;branch=390skdjuw',
      'SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8',
      'SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239',
    ]);
    expect(plainForm(parsed('wsinv')).headers.get('Contact')).toBe(
      '"Quoted string \\"\\"" <sip:jdrosen@example.com>;newparam=newvalue;secondparam;q=0.33',
    );
  });

  it('intmeth: control characters in a quoted name', () => {
    expect(parseNameAddr(parsed('intmeth').headers.get('To') ?? '').displayName).toBe(
      'BEL:\u0007 NUL:\u0000 DEL:\u007F',
    );
  });

  it.each<readonly [string, string, string]>([
    ['esc01', 'sips%3Auser%40example.com', 'example.net'],
    ['semiuri', 'user;par=u%40example.net', 'example.com'],
  ])('%s: the user part of the request URI', (name, user, host) => {
    expect(parseUri((parsed(name) as { uri?: string }).uri ?? '')).toMatchObject({ user, host });
  });

  it('cparam01, cparam02: a parameter of the header, and one of the URI', () => {
    const [ofHeader, ofUri] = ['cparam01', 'cparam02'].map((name) =>
      parseNameAddr(parsed(name).headers.get('Contact') ?? ''),
    );

    expect(ofHeader?.params.has('unknownparam')).toBe(true);
    expect(ofUri?.params.has('unknownparam')).toBe(false);
    expect(parseUri(ofUri?.uri ?? '').params.has('unknownparam')).toBe(true);
  });

  it.each<readonly [string, { host: string; port?: number }]>([
    ['port-ambiguous', { host: '[2001:db8::10:5070]' }],
    ['port-unambiguous', { host: '[2001:db8::10]', port: 5070 }],
  ])('%s: host and port', (name, expected) => {
    const { host, port } = parseUri((parsed(name, 'rfc5118') as { uri?: string }).uri ?? '');

    expect({ host, ...(port === undefined ? {} : { port }) }).toEqual(expected);
  });

  it('mult-ip-in-sdp: the address of the audio is its own', () => {
    const text = Buffer.from(parsed('mult-ip-in-sdp', 'rfc5118').body).toString();

    expect(readAnswer(text, { codecs: ['PCMU'], direction: 'recvonly' }).remote).toMatchObject({
      address: '192.0.2.1',
      port: 22_334,
    });
  });
});

/** Sends one datagram and gives what came back before the answer to a ping sent after it. */
class Probe {
  readonly #responses: SipResponse[] = [];
  #pinged: () => void = () => undefined;
  #pings = 0;

  private constructor(
    readonly socket: Socket,
    readonly server: SignallingServer,
  ) {
    socket.on('message', (bytes) => {
      const message = parseSipMessage(bytes, 'datagram');
      if (message.kind !== 'response') return;
      if (message.headers.get('Call-ID') === `ping-${this.#pings}`) this.#pinged();
      else this.#responses.push(message);
    });
  }

  static async open(server: SignallingServer): Promise<Probe> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new Probe(socket, server);
  }

  async send(bytes: Uint8Array): Promise<readonly SipResponse[]> {
    this.#responses.splice(0);
    this.#pings += 1;
    const pinged = new Promise<void>((resolve) => {
      this.#pinged = resolve;
    });
    const { port } = this.server.sipAddress;
    this.socket.send(bytes, port, '127.0.0.1');
    this.socket.send(pingOf(this.#pings), port, '127.0.0.1');
    await pinged;
    return [...this.#responses];
  }
}

function pingOf(number: number): Uint8Array {
  const lines = [
    'OPTIONS sip:ping@127.0.0.1 SIP/2.0',
    `Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKping${number}`,
    'From: <sip:ping@127.0.0.1>;tag=ping',
    'To: <sip:ping@127.0.0.1>',
    `Call-ID: ping-${number}`,
    'CSeq: 1 OPTIONS',
  ];
  return bodyOf(`${lines.join('\r\n')}\r\n\r\n`);
}

/** 64*T1 is 64 ms: an INVITE that is never acknowledged is over soon, its final response comes more than once. */
const QUICK_TIMERS = { t1Ms: 1, t2Ms: 4, t4Ms: 5 };

/** Without those that were answered. */
const total = (counts: Readonly<Record<string, number>>): number =>
  Object.entries(counts).reduce(
    (sum, [name, count]) => sum + (name === 'turnedAway' ? 0 : count),
    0,
  );

describe('torture messages, sent to a server', () => {
  it.each(named(ALL))('%s', async (_name, torture) => {
    const bugs: string[] = [];
    const logger = { ...silentLogger, error: (event: string) => void bugs.push(event) };
    const server = await world.server({ logger, timersConfig: QUICK_TIMERS });
    const probe = await Probe.open(server);

    const responses = await probe.send(tortureBytes(torture));
    probe.socket.close();

    const isRefused = 'refused' in torture.outcome;
    const dropped = isRefused || torture.answer === 'dropped' ? 1 : 0;
    const answers = torture.answer === 'dropped' ? [] : [torture.answer];
    expect([...new Set(responses.map(({ status }) => status))]).toEqual(answers);
    // What is answered without being kept, as the ping is, is counted beside.
    expect(total({ ...server.dropped(), turnedAway: 0 })).toBe(dropped);
    if ('refused' in torture.outcome) {
      expect(server.dropped()).toMatchObject({ [torture.outcome.refused]: 1 });
    }
    expect(bugs).toEqual([]);
    await allTablesEmpty(server);
  });

  it('badbranch: requests without a branch of their own are told apart', async () => {
    const server = await world.server();
    const probe = await Probe.open(server);
    const text = Buffer.from(tortureBytes({ rfc: 'rfc4475', name: 'badbranch' })).toString();

    const first = await probe.send(bodyOf(text));
    const second = await probe.send(bodyOf(text.replace('Call-ID: badbranch', 'Call-ID: other')));
    probe.socket.close();

    const callIds = [...first, ...second].map(({ headers }) => headers.get('Call-ID'));
    expect(callIds).toEqual([
      'badbranch.sadonfo23i420jv0as0derf3j3n',
      'other.sadonfo23i420jv0as0derf3j3n',
    ]);
  });

  it('bext01: names the extensions it does not have', async () => {
    const server = await world.server();
    const probe = await Probe.open(server);

    const [response] = await probe.send(tortureBytes({ rfc: 'rfc4475', name: 'bext01' }));
    probe.socket.close();

    expect(response?.headers.getAll('Unsupported')).toEqual([
      'nothingSupportsThis, nothingSupportsThisEither',
    ]);
  });
});
