import { describe, expect, it } from 'vitest';
import { SdpError, buildAnswer, buildNextOffer, buildOffer, readAnswer } from './index.ts';
import type { LocalAudio } from './index.ts';

const LOCAL: LocalAudio = {
  codecs: ['PCMU', 'PCMA', 'G722', 'L16', 'opus', 'speex'],
  direction: 'sendrecv',
  address: '192.0.2.10',
  port: 20_000,
  ptimeMs: 20,
  sessionId: 7,
  version: 1,
};

const bodyOf = (...audio: readonly string[]): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 198.51.100.7',
    's=-',
    'c=IN IP4 198.51.100.7',
    't=0 0',
    ...audio,
    '',
  ].join('\r\n');
const linesOf = (sdp: string, start: string): readonly string[] =>
  sdp.split('\r\n').filter((line) => line.startsWith(start));
const mapsOf = (sdp: string) => [
  ...linesOf(sdp, 'm='),
  ...linesOf(sdp, 'a=rtpmap:'),
  ...linesOf(sdp, 'a=fmtp:'),
];

describe('an offer of many codecs', () => {
  it('has them in the order given, and key presses on all their clocks', () => {
    expect(mapsOf(buildOffer(LOCAL))).toEqual([
      'm=audio 20000 RTP/AVP 0 8 9 11 98 96 97 111 100 104 101 102 103 110',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:9 G722/8000',
      'a=rtpmap:11 L16/44100',
      'a=rtpmap:98 L16/48000',
      'a=rtpmap:96 L16/16000',
      'a=rtpmap:97 L16/8000',
      'a=rtpmap:111 opus/48000/2',
      'a=rtpmap:100 speex/16000',
      'a=rtpmap:104 speex/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=rtpmap:102 telephone-event/16000',
      'a=rtpmap:103 telephone-event/44100',
      'a=rtpmap:110 telephone-event/48000',
      'a=fmtp:111 useinbandfec=1',
      'a=fmtp:101 0-16',
      'a=fmtp:102 0-16',
      'a=fmtp:103 0-16',
      'a=fmtp:110 0-16',
    ]);
  });

  it('asks for stereo where a codec has it', () => {
    const offer = buildOffer({ ...LOCAL, codecs: ['opus', 'L16', 'PCMU'], channels: 2 });

    expect(mapsOf(offer).filter((line) => !line.includes('telephone-event'))).toEqual([
      'm=audio 20000 RTP/AVP 111 10 99 11 98 96 97 0 101 102 103 110',
      'a=rtpmap:111 opus/48000/2',
      'a=rtpmap:10 L16/44100/2',
      'a=rtpmap:99 L16/48000/2',
      'a=rtpmap:11 L16/44100',
      'a=rtpmap:98 L16/48000',
      'a=rtpmap:96 L16/16000',
      'a=rtpmap:97 L16/8000',
      'a=rtpmap:0 PCMU/8000',
      'a=fmtp:111 useinbandfec=1;stereo=1',
      'a=fmtp:101 0-16',
      'a=fmtp:102 0-16',
      'a=fmtp:103 0-16',
      'a=fmtp:110 0-16',
    ]);
  });

  it('gives each number one meaning, which an offer within the session keeps', () => {
    const offer = buildOffer({ ...LOCAL, channels: 2 });
    const types = linesOf(offer, 'a=rtpmap:').map((line) => /:(\d+)/.exec(line)?.[1]);
    const answer = buildAnswer(
      bodyOf('m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2'),
      LOCAL,
    );

    expect(new Set(types).size).toBe(types.length);
    expect(mapsOf(buildNextOffer(LOCAL, answer.sdp))).toEqual(mapsOf(buildOffer(LOCAL)));
  });
});

describe('a peer with codecs', () => {
  it('is heard in every format that both speak, the chosen one first', () => {
    const text = bodyOf(
      'm=audio 4000 RTP/AVP 13 9 0 109 110 96 118',
      'a=rtpmap:109 telephone-event/8000',
      'a=rtpmap:110 CN/16000',
      'a=rtpmap:96 OPUS/48000/2',
      'a=rtpmap:118 L16/16000',
      'a=fmtp:96 maxplaybackrate=48000; UseInbandFEC=1',
    );

    const audio = readAnswer(text, LOCAL);

    expect(audio).toMatchObject({ codec: 'G722', payloadType: 9, clockRate: 8000 });
    expect(audio.telephoneEvent).toBe(109);
    expect([...audio.payloadTypes]).toEqual([
      [9, { codec: 'G722', clockRate: 8000, channels: 1 }],
      [0, { codec: 'PCMU', clockRate: 8000, channels: 1 }],
      [96, { codec: 'opus', clockRate: 48_000, channels: 1, hasInbandFec: true }],
      [118, { codec: 'L16', clockRate: 16_000, channels: 1 }],
      // By the numbers of our offer, should it send those; 96 is taken.
      [111, { codec: 'opus', clockRate: 48_000, channels: 1, hasInbandFec: true }],
      [13, { codec: 'CN', clockRate: 8000, channels: 1 }],
      [110, { codec: 'CN', clockRate: 16_000, channels: 1 }],
      [109, { codec: 'telephone-event', clockRate: 8000, channels: 1 }],
    ]);
  });

  it('is answered with its own numbers and our parameters', () => {
    const offer = bodyOf(
      'm=audio 4000 RTP/AVP 120 121 10 0 13 97 98',
      'a=rtpmap:120 opus/48000/2',
      'a=fmtp:120 stereo=1;sprop-stereo=1',
      'a=rtpmap:121 speex/32000',
      'a=rtpmap:97 telephone-event/48000',
      'a=rtpmap:98 telephone-event/8000',
    );

    const { sdp, audio } = buildAnswer(offer, { ...LOCAL, channels: 2 });

    expect(mapsOf(sdp)).toEqual([
      'm=audio 20000 RTP/AVP 120 10 0 13 97 98',
      'a=rtpmap:120 opus/48000/2',
      'a=rtpmap:10 L16/44100/2',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:13 CN/8000',
      'a=rtpmap:97 telephone-event/48000',
      'a=rtpmap:98 telephone-event/8000',
      'a=fmtp:120 useinbandfec=1;stereo=1',
      'a=fmtp:97 0-16',
      'a=fmtp:98 0-16',
    ]);
    expect(audio).toMatchObject({ codec: 'opus', payloadType: 120, telephoneEvent: 97 });
  });

  it.each([
    ['wants mono', 1, 'stereo=1;sprop-stereo=1', 1],
    ['wants stereo', 2, 'stereo=1;sprop-stereo=1', 2],
    ['wants stereo of who says nothing', 2, 'useinbandfec=1', 2],
    ['wants stereo of who sends mono', 2, 'sprop-stereo=0', 1],
  ] as const)('with Opus is decoded into %s channels', (_who, channels, fmtp, decoded) => {
    const text = bodyOf(
      'm=audio 4000 RTP/AVP 111',
      'a=rtpmap:111 opus/48000/2',
      `a=fmtp:111 ${fmtp}`,
    );

    const audio = readAnswer(text, { ...LOCAL, channels });

    expect(audio.payloadTypes.get(111)?.channels).toBe(decoded);
  });

  it('without keys on the clock of its codec is sent them on another', () => {
    const text = bodyOf(
      'm=audio 4000 RTP/AVP 111 101',
      'a=rtpmap:111 opus/48000/2',
      'a=rtpmap:101 telephone-event/8000',
    );

    const audio = readAnswer(text, LOCAL);

    expect(audio.telephoneEvent).toBe(101);
    expect(audio.payloadTypes.get(101)?.clockRate).toBe(8000);
  });

  it.each([
    ['speex/32000'],
    ['speex/8000/2'],
    ['opus/16000/2'],
    ['G722/16000'],
    ['L16/8001'],
    ['L16/44100/3'],
    ['CN/8000'],
    ['constructor/8000'],
  ])('that has %s alone has nothing in common', (map) => {
    const read = () => readAnswer(bodyOf('m=audio 4000 RTP/AVP 96', `a=rtpmap:96 ${map}`), LOCAL);

    expect(read).toThrow(SdpError);
  });
});

describe('a hostile peer', () => {
  const DYNAMIC = Array.from({ length: 128 }, (_, type) => type);

  it('with 10,000 attributes is refused', () => {
    const lines = Array.from({ length: 10_000 }, () => 'a=x');

    expect(() => readAnswer(bodyOf('m=audio 4000 RTP/AVP 0', ...lines), LOCAL)).toThrow(
      'more than 1000 attributes',
    );
  });

  it('with a bomb of parameters is read as far as we look', () => {
    const bomb = `${'a=1;'.repeat(900)}stereo=1`;
    const text = bodyOf(
      'm=audio 4000 RTP/AVP 111',
      'a=rtpmap:111 opus/48000/2',
      `a=fmtp:111 ${bomb};useinbandfec=1`,
      'a=fmtp:111 useinbandfec=1',
    );

    expect(readAnswer(text, LOCAL).payloadTypes.get(111)?.hasInbandFec).toBe(false);
  });

  it('with a codec under every number has no more than 32 of them taken', () => {
    const maps = DYNAMIC.map((type) => `a=rtpmap:${type} PCMU/8000`);

    const { sdp, audio } = buildAnswer(
      bodyOf(`m=audio 4000 RTP/AVP ${DYNAMIC.join(' ')}`, ...maps),
      LOCAL,
    );

    expect(audio?.payloadTypes.size).toBe(32);
    expect(linesOf(sdp, 'a=rtpmap:')).toHaveLength(32);
  });
});
