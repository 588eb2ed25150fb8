import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SdpError, buildAnswer, buildOffer, readAnswer } from './index.ts';
import type { LocalAudio } from './index.ts';

const local: fc.Arbitrary<LocalAudio> = fc.record({
  codecs: fc.constantFrom(
    ['PCMU'] as const,
    ['PCMA'] as const,
    ['PCMU', 'PCMA'] as const,
    ['PCMA', 'PCMU'] as const,
  ),
  direction: fc.constantFrom('recvonly' as const, 'sendrecv' as const),
  address: fc.oneof(
    fc.ipV4().filter((text) => Number(text.split('.')[0]) > 0 && Number(text.split('.')[0]) < 224),
    fc.ipV6().filter((text) => !/^(?:ff|[0:])/i.test(text)),
    fc.domain(),
  ),
  port: fc.integer({ min: 1, max: 65_534 }),
  rtcpPort: fc.integer({ min: 1, max: 65_535 }),
  ptimeMs: fc.integer({ min: 5, max: 200 }),
  sessionId: fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String),
  version: fc.integer({ min: 0, max: 2 ** 31 }),
});

const LINES = [
  'v=0',
  'o=- 1 1 IN IP4 198.51.100.7',
  'c=IN IP4 198.51.100.7',
  'm=audio 4000 RTP/AVP 0 8 101',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:0 PCMU/8000',
  'a=rtcp:5',
  'a=ptime:20',
  'a=sendonly',
  'a=simulcast:send 1;~2',
];

/** Texts near to SDP: known lines in any order, each perhaps damaged. */
const nearSdp = fc
  .array(
    fc.record({
      line: fc.constantFrom(...LINES),
      cut: fc.oneof({ weight: 9, arbitrary: fc.constant(80) }, fc.nat({ max: 30 })),
      noise: fc.oneof({ weight: 9, arbitrary: fc.constant('') }, fc.string({ unit: 'binary' })),
    }),
    { maxLength: 20 },
  )
  .map((parts) =>
    ['v=0', ...parts.map(({ line, cut, noise }) => line.slice(0, cut + 2) + noise)].join('\r\n'),
  );

const throwsOnlySdpError = (run: () => unknown): boolean => {
  try {
    run();
  } catch (error) {
    return error instanceof SdpError;
  }
  return true;
};

describe('any two sides of ours', () => {
  it('understand each other when they share a codec', () => {
    fc.assert(
      fc.property(local, local, (offerer, answerer) => {
        fc.pre(offerer.codecs.some((codec) => answerer.codecs.includes(codec)));

        const { sdp, audio: atAnswerer } = buildAnswer(buildOffer(offerer), answerer);
        const atOfferer = readAnswer(sdp, offerer);

        expect(atOfferer.codec).toBe(atAnswerer?.codec);
        expect([...atOfferer.payloadTypes.values()].sort()).toEqual(
          [...(atAnswerer?.payloadTypes.values() ?? [])].sort(),
        );
        expect(atOfferer.telephoneEvent).toBe(101);
        expect(atOfferer.ptimeMs).toBe(answerer.ptimeMs);
        expect(atOfferer.remote).toEqual({
          address: answerer.address,
          port: answerer.port,
          rtcpPort: answerer.rtcpPort,
        });
        expect(atAnswerer?.remote).toEqual({
          address: offerer.address,
          port: offerer.port,
          rtcpPort: offerer.rtcpPort,
        });
      }),
    );
  });

  it('repeat an unchanged answer byte for byte', () => {
    fc.assert(
      fc.property(local, local, (offerer, answerer) => {
        fc.pre(offerer.codecs.some((codec) => answerer.codecs.includes(codec)));
        const offer = buildOffer(offerer);

        const first = buildAnswer(offer, answerer).sdp;
        const second = buildAnswer(offer, answerer, first).sdp;

        expect(second).toBe(first);
      }),
    );
  });
});

describe('any text', () => {
  it.each([
    ['random', fc.string({ unit: 'binary', maxLength: 2000 })],
    ['near to SDP', nearSdp],
  ])('(%s) is read or refused with an SdpError', (_name, texts) => {
    fc.assert(
      fc.property(texts, local, (text, side) => {
        expect(throwsOnlySdpError(() => readAnswer(text, side))).toBe(true);
        expect(throwsOnlySdpError(() => buildAnswer(text, side))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('near to SDP is often enough read for the property to mean something', () => {
    const read = fc.sample(nearSdp, { numRuns: 500, seed: 7 }).filter((text) => {
      try {
        readAnswer(text, { codecs: ['PCMU'], direction: 'recvonly' });
        return true;
      } catch {
        return false; // A refusal is counted as not read.
      }
    });

    expect(read.length).toBeGreaterThan(10);
  });
});
