import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildAmf0, parseAmf0 } from '#protocol/amf';
import type { AmfValue } from '#protocol/amf';
import { SeededRandom } from '#testkit';
import { ChunkReader } from '../chunks/chunk-reader.ts';
import { ChunkWriter } from '../chunks/chunk-writer.ts';
import { buildControlMessage } from '../chunks/control-message.ts';
import type { ControlMessage } from '../chunks/control-message.ts';
import type { RtmpMessage } from '../chunks/rtmp-message.ts';
import { RtmpProtocolError } from '../rtmp-errors.ts';
import { RtmpPublisher } from './rtmp-publisher.ts';
import type { PublisherEvent, RtmpPublisherOptions } from './publisher-contract.ts';

const KEY = 'studio-1?sign=s3cr3t';
const HANDSHAKE_BYTES = 1537;

interface World {
  readonly publisher: RtmpPublisher;
  /** Takes bytes of the publisher that no input has caused. */
  listen(bytes: Uint8Array): void;
  /** What the publisher said since the last look, commands as AMF values. */
  said(): unknown[];
  /** Lets the server say something; returns the events. */
  hear(...bytes: readonly Uint8Array[]): readonly PublisherEvent[];
  shakeHands(): void;
  /** Runs the conversation to the step before `publishing`. */
  reach(step: 'connect' | 'createStream' | 'publish' | 'publishing'): void;
}

const send = (message: RtmpMessage): Uint8Array => new ChunkWriter().write(message);
const control = (message: ControlMessage): Uint8Array => send(buildControlMessage(message));
const command = (...values: AmfValue[]): Uint8Array =>
  send({
    chunkStreamId: 3,
    typeId: 20,
    messageStreamId: 0,
    timestampMs: 0,
    payload: buildAmf0(values),
  });
const status = (code: string, level = 'status', description = ''): Uint8Array =>
  command('onStatus', 0, null, { level, code, description });

const CONNECTED = command(
  '_result',
  1,
  { fmsVer: 'FMS/3,0,1,123' },
  { level: 'status', code: 'NetConnection.Connect.Success', description: 'Connected.' },
);
const CREATED = command('_result', 4, null, 7);
const STARTED = status('NetStream.Publish.Start');

function setup(options: Partial<RtmpPublisherOptions> = {}): World {
  const publisher = new RtmpPublisher({
    app: 'live',
    tcUrl: 'rtmp://example.com/live',
    streamKey: KEY,
    codec: { build: buildAmf0, parse: parseAmf0 },
    random: new SeededRandom(1),
    ...options,
  });
  const reader = new ChunkReader();
  const messages: RtmpMessage[] = [];
  let handshakeLeft = 0;
  const listen = (bytes: Uint8Array): void => {
    const skipped = Math.min(handshakeLeft, bytes.length);
    handshakeLeft -= skipped;
    reader.push(bytes.subarray(skipped), (one) => messages.push(one));
  };
  const world: World = {
    publisher,
    listen,
    said: () => messages.splice(0).map(inWords),
    hear: (...bytes) =>
      bytes.flatMap((piece) => {
        const { out, events } = publisher.receive(piece);
        listen(out);
        return events;
      }),
    shakeHands: () => {
      handshakeLeft = HANDSHAKE_BYTES - 1;
      publisher.start();
      const s0s1 = Buffer.alloc(HANDSHAKE_BYTES, 0x5a);
      s0s1[0] = 3;
      world.hear(s0s1, Buffer.alloc(HANDSHAKE_BYTES - 1, 0xa5));
    },
    reach: (step) => {
      world.shakeHands();
      if (step !== 'connect') world.hear(CONNECTED);
      if (step === 'publish' || step === 'publishing') world.hear(CREATED);
      if (step === 'publishing') world.hear(STARTED);
      world.said();
      expect(publisher.step).toBe(step);
    },
  };
  return world;
}

function inWords({ typeId, messageStreamId, payload }: RtmpMessage): unknown {
  if (typeId === 20) return { on: messageStreamId, says: parseAmf0(payload) };
  return { type: typeId, payload: Buffer.from(payload).toString('hex') };
}

describe('a publisher', () => {
  it('starts with C0 and C1, without a time and with the random bytes it was given', () => {
    const first = setup().publisher.start();

    expect(first).toHaveLength(HANDSHAKE_BYTES);
    expect(first[0]).toBe(3);
    expect(first.subarray(1, 9)).toEqual(new Uint8Array(8));
    expect(first.subarray(9)).toEqual(new SeededRandom(1).bytes(1528));
  });

  it('returns S1 as C2 before S2 has come', () => {
    const { publisher } = setup();
    publisher.start();
    const s1 = new SeededRandom(2).bytes(1536);

    const { out } = publisher.receive(Uint8Array.of(3, ...s1));

    expect(Buffer.from(out).equals(s1)).toBe(true);
    expect(publisher.step).toBe('handshake');
  });

  it('goes the whole way to ready', () => {
    const world = setup();
    world.shakeHands();

    expect(world.said()).toEqual([
      {
        on: 0,
        says: [
          'connect',
          1,
          {
            app: 'live',
            type: 'nonprivate',
            flashVer: 'FMLE/3.0 (compatible; Callcast)',
            tcUrl: 'rtmp://example.com/live',
            fourCcList: ['Opus', 'mp4a'],
            audioFourCcInfoMap: { Opus: 2, mp4a: 2 },
            capsEx: 1,
          },
        ],
      },
    ]);

    world.hear(CONNECTED);
    expect(world.said()).toEqual([
      { type: 5, payload: '00004000' },
      { type: 1, payload: '00001000' },
      { on: 0, says: ['releaseStream', 2, null, KEY] },
      { on: 0, says: ['FCPublish', 3, null, KEY] },
      { on: 0, says: ['createStream', 4, null] },
    ]);

    world.hear(CREATED);
    expect(world.said()).toEqual([{ on: 7, says: ['publish', 5, null, KEY, 'live'] }]);

    expect(world.hear(STARTED)).toEqual([
      {
        kind: 'ready',
        abilities: { audioFourCcs: new Map(), videoFourCcs: new Map(), capsEx: 0 },
      },
    ]);
    expect(world.publisher.step).toBe('publishing');
    expect(world.said()).toEqual([]);
  });

  it('tells what the server can do', () => {
    const world = setup();
    world.reach('connect');
    const said = { audioFourCcInfoMap: { Opus: 4 }, capsEx: 1 };
    world.hear(command('_result', 1, said, { code: 'NetConnection.Connect.Success' }), CREATED);

    expect(world.hear(STARTED)).toEqual([
      {
        kind: 'ready',
        abilities: { audioFourCcs: new Map([['Opus', 4]]), videoFourCcs: new Map(), capsEx: 1 },
      },
    ]);
  });

  it('asks for a sign of life and hears it', () => {
    const world = setup();
    world.reach('publishing');

    world.listen(world.publisher.ping(0x01020304));

    expect(world.said()).toEqual([{ type: 4, payload: '000601020304' }]);
    const data = Uint8Array.of(1, 2, 3, 4);
    expect(world.hear(control({ kind: 'userControl', eventType: 7, data }))).toEqual([
      { kind: 'pong', timestampMs: 0x01020304 },
    ]);
    const short = control({ kind: 'userControl', eventType: 7, data: data.subarray(1) });
    expect(world.hear(short)).toEqual([]);
  });

  it('goes on when it is asked to reconnect, and says where to', () => {
    const world = setup();
    world.reach('publishing');
    const code = 'NetConnection.Connect.ReconnectRequest';
    const info = { level: 'status', code, description: `no ${KEY}`, tcUrl: 'rtmp://other/live' };

    expect(world.hear(command('onStatus', 0, null, info))).toEqual([
      { kind: 'reconnectAsked', tcUrl: 'rtmp://other/live', description: 'no [secret]' },
    ]);
    expect(world.hear(status(code))).toEqual([
      { kind: 'reconnectAsked', tcUrl: undefined, description: '' },
    ]);
    expect(world.publisher.step).toBe('publishing');
  });

  it.each([
    ['[ code=403 need auth; authmod=adobe ]', 'authNeeded', { kind: 'user', scheme: 'adobe' }],
    ['[ authmod=adobe ] : ?reason=authfailed', 'authRefused', undefined],
  ])('reads what is said of its login: %s', (description, code, demand) => {
    const world = setup();
    world.reach('connect');
    const info = { level: 'error', code: 'NetConnection.Connect.Rejected', description };

    const [event] = world.hear(command('_error', 1, null, info));

    expect(event).toMatchObject({ kind: 'refused', refusal: { code, ...(demand && { demand }) } });
    expect(JSON.stringify(event)).not.toContain('?reason');
  });

  it('says good-bye on the stream it was given', () => {
    const world = setup();
    world.reach('publishing');

    world.listen(world.publisher.close());

    expect(world.said()).toEqual([
      { on: 0, says: ['FCUnpublish', 0, null, KEY] },
      { on: 7, says: ['closeStream', 0, null] },
      { on: 0, says: ['deleteStream', 0, null, 7] },
    ]);
    expect(world.publisher.step).toBe('over');
  });

  it('has nothing to take back before a stream exists', () => {
    const world = setup();
    world.reach('createStream');

    expect(world.publisher.close()).toHaveLength(0);
  });

  it('ignores errors to releaseStream and FCPublish, which many servers do not know', () => {
    const world = setup();
    world.reach('createStream');
    const unknown = { level: 'error', code: 'NetConnection.Call.Failed', description: 'no method' };

    expect(world.hear(command('_error', 2, null, unknown))).toEqual([]);
    expect(world.hear(command('_error', 3, null, unknown))).toEqual([]);
    expect(world.publisher.step).toBe('createStream');
  });

  it('is not ready before publish was asked for, whatever the server says', () => {
    const world = setup();
    world.reach('createStream');

    expect(world.hear(STARTED)).toEqual([]);
    expect(world.publisher.step).toBe('createStream');
  });

  it('understands AMF 3 commands that hold AMF 0', () => {
    const world = setup();
    world.reach('createStream');
    const payload = Uint8Array.of(0, ...buildAmf0(['_result', 4, null, 1]));

    world.hear(send({ chunkStreamId: 3, typeId: 17, messageStreamId: 0, timestampMs: 0, payload }));

    expect(world.publisher.step).toBe('publish');
  });
});

describe('refusals', () => {
  const error = (code: string, description = ''): AmfValue => ({
    level: 'error',
    code,
    description,
  });
  const ROWS: readonly {
    readonly name: string;
    readonly step: 'connect' | 'createStream' | 'publish' | 'publishing';
    readonly says: Uint8Array;
    readonly code: string;
    readonly serverCode: string;
    readonly description?: string;
  }[] = [
    {
      name: 'the key in use',
      step: 'publish',
      says: status('NetStream.Publish.BadName', 'error', 'Already publishing'),
      code: 'keyInUse',
      serverCode: 'NetStream.Publish.BadName',
      description: 'Already publishing',
    },
    {
      name: 'a rejected connection',
      step: 'connect',
      says: command('_error', 1, null, error('NetConnection.Connect.Rejected', 'no')),
      code: 'rejected',
      serverCode: 'NetConnection.Connect.Rejected',
      description: 'no',
    },
    {
      name: 'an unknown application, in the words of a success',
      step: 'connect',
      says: command('_result', 1, null, error('NetConnection.Connect.InvalidApp')),
      code: 'rejected',
      serverCode: 'NetConnection.Connect.InvalidApp',
    },
    {
      name: 'an error to connect without any details',
      step: 'connect',
      says: command('_error', 1, null),
      code: 'failed',
      serverCode: '',
    },
    {
      name: 'an error to connect with a success inside',
      step: 'connect',
      says: command('_error', 1, null, { level: 'status', code: 'Odd' }),
      code: 'failed',
      serverCode: 'Odd',
    },
    {
      name: 'details in an ECMA array',
      step: 'connect',
      says: command('_error', 1, null, new Map([['code', 'NetConnection.Connect.Rejected']])),
      code: 'rejected',
      serverCode: 'NetConnection.Connect.Rejected',
    },
    {
      name: 'an error to createStream',
      step: 'createStream',
      says: command('_error', 4, null, error('NetConnection.Call.Failed')),
      code: 'failed',
      serverCode: 'NetConnection.Call.Failed',
    },
    {
      name: 'createStream answered without a number',
      step: 'createStream',
      says: command('_result', 4, null, 'seven'),
      code: 'failed',
      serverCode: '',
      description: 'createStream was answered without a stream',
    },
    {
      name: 'an error to publish',
      step: 'publish',
      says: command('_error', 5, null, error('NetStream.Publish.Denied')),
      code: 'denied',
      serverCode: 'NetStream.Publish.Denied',
    },
    {
      name: 'a publish denied',
      step: 'publish',
      says: status('NetStream.Publish.Rejected', 'error'),
      code: 'denied',
      serverCode: 'NetStream.Publish.Rejected',
    },
    {
      name: 'an error nobody has heard of',
      step: 'publish',
      says: status('Acme.Quota.Used', 'error', 'pay first'),
      code: 'failed',
      serverCode: 'Acme.Quota.Used',
      description: 'pay first',
    },
    {
      name: 'a failure while on air',
      step: 'publishing',
      says: status('NetStream.Failed', 'error'),
      code: 'failed',
      serverCode: 'NetStream.Failed',
    },
    {
      name: 'the end of the stream by the server',
      step: 'publishing',
      says: status('NetStream.Unpublish.Success'),
      code: 'closed',
      serverCode: 'NetStream.Unpublish.Success',
    },
    {
      name: 'a close command',
      step: 'publishing',
      says: command('close', 0, null),
      code: 'closed',
      serverCode: '',
    },
    {
      name: 'a description without the key, its parts and control characters',
      step: 'publish',
      says: status('NetStream.Publish.BadName', 'error', `${KEY}\r\nstudio-1 sign=s3cr3t used`),
      code: 'keyInUse',
      serverCode: 'NetStream.Publish.BadName',
      description: '[secret] [secret] [secret] used',
    },
    {
      name: 'a refusal whose code is written in another way',
      step: 'publish',
      says: status('NetStream.publish.Unauthorized', 'error'),
      code: 'denied',
      serverCode: 'NetStream.publish.Unauthorized',
    },
    {
      name: 'an error to connect whose details are in AMF 3',
      step: 'connect',
      says: send({
        chunkStreamId: 3,
        typeId: 17,
        messageStreamId: 0,
        timestampMs: 0,
        payload: Buffer.of(0, ...buildAmf0(['_error', 1, null]), 0x11, 0x0a, 0x0b, 1, 0),
      }),
      code: 'failed',
      serverCode: '',
    },
    {
      name: 'a code called like a method of every object',
      step: 'publish',
      says: status('constructor', 'error'),
      code: 'failed',
      serverCode: 'constructor',
    },
  ];

  it.each(ROWS)('$name', ({ step, says, code, serverCode, description = '' }) => {
    const world = setup();
    world.reach(step);

    const events = world.hear(says);

    expect(events).toEqual([{ kind: 'refused', refusal: { code, serverCode, description } }]);
    expect(world.publisher.step).toBe('over');
    expect(world.hear(says)).toEqual([]);
  });

  it('is told once, however often the server says it', () => {
    const world = setup();
    world.reach('publish');
    const bad = status('NetStream.Publish.BadName', 'error');

    expect(world.hear(Buffer.concat([bad, bad]))).toHaveLength(1);
  });

  it.each([
    'NetConnection.Call.Failed',
    'NetStream.Record.NoAccess',
    'NetStream.Play.StreamNotFound',
  ])('is not an error of something else: %s', (code) => {
    const world = setup();
    world.reach('publishing');

    expect(world.hear(status(code, 'error'))).toEqual([]);
    expect(world.publisher.step).toBe('publishing');
  });

  it.each([
    ['the login', 'authmod=adobe&user=anna&challenge=AQID&response=XxoCPUJw==&opaque=b3Bh'],
    ['the value of a field of the key', 's3cr3t'],
    ['a user whose percent signs were read', 'anna&response=1234'],
  ])('hides %s', (_, text) => {
    const app = 'live?a=b&authmod=adobe&user=ann%61&challenge=AQID&response=XxoCPUJw==&opaque=b3Bh';
    const world = setup({ app });
    world.reach('connect');
    const info = error('NetConnection.Connect.Rejected', `no ${text}, ${app}`);

    const [event] = world.hear(command('_error', 9, null, info), command('_error', 1, null, info));

    expect(event).toMatchObject({ kind: 'refused' });
    expect(JSON.stringify(event)).not.toMatch(/s3cr3t|anna|ann%61|AQID|XxoC|b3Bh/);
  });

  it('is heard, whatever the server says behind it', () => {
    const world = setup();
    world.reach('publish');
    const bad = status('NetStream.Publish.BadName', 'error');

    expect(world.hear(Buffer.concat([bad, Buffer.from('HTTP/1.1')]))).toMatchObject([
      { kind: 'refused', refusal: { code: 'keyInUse' } },
    ]);
  });

  it('hides the longest part of a key first', () => {
    const world = setup({ streamKey: 'abcd?abcdefgh' });
    world.reach('publish');

    const events = world.hear(status('X', 'error', 'abcdefgh abcd'));

    expect(events).toMatchObject([{ refusal: { description: '[secret] [secret]' } }]);
  });

  it('cuts a long description', () => {
    const world = setup();
    world.reach('publish');

    const [event] = world.hear(status('X', 'error', 'long '.repeat(1000)));

    expect(event).toMatchObject({ kind: 'refused' });
    expect(JSON.stringify(event).length).toBeLessThan(300);
  });
});

describe('the connection itself', () => {
  it('answers a ping with its timestamp', () => {
    const world = setup();
    world.reach('publishing');
    const data = Uint8Array.of(0, 0, 1, 2, 9, 9);

    world.hear(control({ kind: 'userControl', eventType: 6, data }));

    expect(world.said()).toEqual([{ type: 4, payload: '000700000102' }]);
  });

  it('ignores other user control events', () => {
    const world = setup();
    world.reach('publishing');

    world.hear(control({ kind: 'userControl', eventType: 0, data: new Uint8Array(4) }));

    expect(world.said()).toEqual([]);
  });

  it('tells how much the server has received', () => {
    const world = setup();
    world.reach('publishing');

    const events = world.hear(control({ kind: 'acknowledgement', sequenceNumber: 4_000_000_000 }));

    expect(events).toEqual([{ kind: 'acknowledged', sequenceNumber: 4_000_000_000 }]);
  });

  it('acknowledges at half the window of the server, handshake included', () => {
    const world = setup();
    world.reach('publishing');

    world.hear(control({ kind: 'windowAckSize', sizeBytes: 100 }));
    const [first] = world.said();
    const ignored = control({ kind: 'userControl', eventType: 0, data: new Uint8Array(4) });
    world.hear(ignored, ignored);
    const second = world.said();

    expect(first).toMatchObject({ type: 3 });
    expect(second).toEqual([]);
    world.hear(ignored);
    expect(world.said()).toMatchObject([{ type: 3 }]);
  });

  it('acknowledges once per piece of input, even at a window of 1', () => {
    const world = setup();
    world.reach('publishing');
    const window = control({ kind: 'windowAckSize', sizeBytes: 1 });

    world.hear(Buffer.concat([window, window, window]));

    expect(world.said()).toHaveLength(1);
  });

  it.each([
    { limits: [['hard', 1000]], announced: ['000003e8'] },
    { limits: [['soft', 1000]], announced: ['000003e8'] },
    { limits: [['dynamic', 1000]], announced: [] },
    { limits: [['hard', 5_000_000]], announced: [] },
    { limits: [['hard', 0]], announced: ['00000001'] },
    {
      limits: [
        ['hard', 1000],
        ['hard', 1000],
      ],
      announced: ['000003e8'],
    },
    {
      limits: [
        ['hard', 1000],
        ['dynamic', 2000],
      ],
      announced: ['000003e8', '000007d0'],
    },
    {
      limits: [
        ['soft', 1000],
        ['soft', 2000],
      ],
      announced: ['000003e8'],
    },
  ] as const)('follows Set Peer Bandwidth $limits', ({ limits, announced }) => {
    const world = setup();
    world.reach('publishing');

    for (const [limit, sizeBytes] of limits) {
      world.hear(control({ kind: 'setPeerBandwidth', limit, sizeBytes }));
    }

    expect(world.said()).toEqual(announced.map((payload) => ({ type: 5, payload })));
  });

  it('counts and ignores what means nothing to a publisher', () => {
    const world = setup();
    world.reach('publishing');
    const odd = (typeId: number, payload: Uint8Array): Uint8Array =>
      send({ chunkStreamId: 3, typeId, messageStreamId: 0, timestampMs: 0, payload });

    const events = world.hear(
      odd(99, new Uint8Array(10)),
      odd(20, Uint8Array.of(0xff)),
      odd(20, new Uint8Array(0)),
      odd(17, Uint8Array.of(0x11, 0x04)),
      odd(18, buildAmf0(['onMetaData', {}])),
      command('onBWDone', 0, null),
      command('onFCPublish', 0, null, { code: 'NetStream.Publish.Start' }),
      command('_result', 77, null, 1),
    );

    expect(events).toEqual([]);
    expect(world.publisher.ignoredMessages).toBe(8);
    expect(world.publisher.step).toBe('publishing');
  });

  it.each([
    { says: 'HTTP/1.1 400 Bad Request', reason: 'a web server' },
    { says: '\u0015\u0003\u0003', reason: 'rtmps://' },
    { says: '\u0006', reason: 'RTMPE' },
    { says: '\u0000', reason: 'first byte is 0' },
    { says: 'SSH-2.0', reason: 'first byte is 83' },
  ])('refuses a server that speaks something else: $reason', ({ says, reason }) => {
    const { publisher } = setup();
    publisher.start();

    expect(() => publisher.receive(Buffer.from(says))).toThrow(RtmpProtocolError);
    expect(() => publisher.receive(Buffer.from(says))).toThrow(reason);
  });
});

describe('media', () => {
  const body = Uint8Array.of(0xaf, 1, 2, 3);

  it.each([
    { kind: 'audio', type: 8 },
    { kind: 'video', type: 9 },
    { kind: 'script', type: 18 },
  ] as const)('of the kind $kind is a message of type $type', ({ kind, type }) => {
    const world = setup();
    world.reach('publishing');

    world.listen(world.publisher.writeMedia({ kind, timestampMs: 5, body }));

    expect(world.said()).toEqual([{ type, payload: 'af010203' }]);
  });

  it('puts @setDataFrame before onMetaData', () => {
    const world = setup();
    world.reach('publishing');
    const metadata = buildAmf0(['onMetaData', new Map([['audiocodecid', 10]])]);

    world.listen(world.publisher.writeMedia({ kind: 'script', timestampMs: 0, body: metadata }));

    const payload = Buffer.from(
      buildAmf0(['@setDataFrame', 'onMetaData', new Map([['audiocodecid', 10]])]),
    ).toString('hex');
    expect(world.said()).toEqual([{ type: 18, payload }]);
  });

  it('of one frame is a header and the frame, in one buffer', () => {
    const world = setup();
    world.reach('publishing');
    world.publisher.writeMedia({ kind: 'audio', timestampMs: 0, body });

    const bytes = world.publisher.writeMedia({ kind: 'audio', timestampMs: 23, body });

    expect(Buffer.from(bytes).toString('hex')).toBe('84000017af010203');
  });

  it('is not written before the server is ready', () => {
    const world = setup();
    world.reach('publish');

    expect(() => world.publisher.writeMedia({ kind: 'audio', timestampMs: 0, body })).toThrow();
  });
});

describe('publisher properties', () => {
  const handshake = Buffer.concat([Uint8Array.of(3), new SeededRandom(3).bytes(3072)]);
  const talk = Buffer.concat([
    handshake,
    control({ kind: 'windowAckSize', sizeBytes: 1_000_000 }),
    CONNECTED,
    control({ kind: 'setChunkSize', sizeBytes: 4096 }),
    CREATED,
    control({ kind: 'userControl', eventType: 6, data: new Uint8Array(4) }),
    STARTED,
    control({ kind: 'acknowledgement', sequenceNumber: 4000 }),
    status('NetStream.Unpublish.Success'),
  ]);

  function conversation(pieces: readonly Uint8Array[]): unknown {
    const { publisher } = setup();
    publisher.start();
    const outs: Uint8Array[] = [];
    const seen: unknown[] = [];
    try {
      for (const piece of pieces) {
        const { out, events } = publisher.receive(piece);
        outs.push(out);
        seen.push(...events);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(RtmpProtocolError);
      seen.push(String(error));
    }
    return { seen, out: Buffer.concat(outs).toString('hex'), step: publisher.step };
  }

  const cutAt = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
    const places = [0, ...cuts.map((cut) => cut % bytes.length), bytes.length];
    const sorted = places.toSorted((one, other) => one - other);
    return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
  };

  it('the same conversation, wherever the bytes of the server are cut', () => {
    const whole = conversation([talk]);
    expect(whole).toMatchObject({ step: 'over', seen: { length: 3 } });

    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }), (cuts) => {
        expect(conversation(cutAt(talk, cuts))).toEqual(whole);
      }),
    );
  });

  it('any bytes behind the handshake give events or an RtmpProtocolError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        conversation([handshake, bytes]);
      }),
      { numRuns: 1000 },
    );
  });

  it('any damage to a real conversation gives events or an RtmpProtocolError', () => {
    const place = fc.integer({ min: handshake.length, max: talk.length - 1 });
    fc.assert(
      fc.property(fc.array(fc.tuple(place, fc.nat(255)), { maxLength: 4 }), (damages) => {
        const damaged = Buffer.from(talk);
        for (const [at, byte] of damages) damaged[at] = byte;
        conversation([damaged]);
      }),
      { numRuns: 1000 },
    );
  });
});
