import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SrtpReceiver, SrtpSender } from './index.ts';
import type { SrtpKey, SrtpSuite } from './index.ts';
import { estimateIndex } from './packet-index.ts';
import { deriveSessionKeys } from './session-keys.ts';

const SUITES: readonly SrtpSuite[] = ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'];
const keyOf = (suite: SrtpSuite, fill = 1): SrtpKey => ({
  suite,
  keySalt: new Uint8Array(30).fill(fill),
});
const KEY = keyOf('AES_CM_128_HMAC_SHA1_80');

interface Rtp {
  readonly sequence: number;
  readonly ssrc?: number;
  readonly payload?: Uint8Array;
}

function rtp({ sequence, ssrc = 7, payload = Uint8Array.of(1, 2, 3) }: Rtp): Uint8Array {
  const bytes = new Uint8Array(12 + payload.length);
  bytes[0] = 0x80;
  new DataView(bytes.buffer).setUint16(2, sequence);
  new DataView(bytes.buffer).setUint32(8, ssrc);
  bytes.set(payload, 12);
  return bytes;
}

/** A receiver report without blocks, and more bytes. */
const rtcp = (size = 8): Uint8Array => {
  const bytes = new Uint8Array(size);
  bytes.set([0x80, 201, 0, 1, 0, 0, 0, 7]);
  return bytes;
};

/** Protected packets; copies, since the sender uses its memory again. */
const secured = (sender: SrtpSender, packet: Uint8Array): Uint8Array =>
  Uint8Array.from(sender.protectRtp(packet) ?? []);
const securedRtcp = (sender: SrtpSender, packet: Uint8Array): Uint8Array =>
  Uint8Array.from(sender.protectRtcp(packet) ?? []);

const anyRtp = fc
  .record({
    sequence: fc.nat(0xffff),
    ssrc: fc.nat(0xffff_ffff),
    payload: fc.uint8Array({ maxLength: 1400 }),
  })
  .map(rtp);
const anySuite = fc.constantFrom(...SUITES);

describe('a protected packet', () => {
  it('of RTP opens to what it was, of either suite, and does not show it', () => {
    fc.assert(
      fc.property(anySuite, anyRtp, (suite, packet) => {
        const before = Uint8Array.from(packet);
        const sent = secured(new SrtpSender(keyOf(suite)), packet);

        expect(packet).toEqual(before);
        expect(sent).toHaveLength(packet.length + (suite.endsWith('80') ? 10 : 4));
        expect(sent.subarray(0, 12)).toEqual(packet.subarray(0, 12));
        if (packet.length > 20) {
          expect(sent.subarray(12, packet.length)).not.toEqual(packet.subarray(12));
        }
        expect(new SrtpReceiver(keyOf(suite)).unprotectRtp(sent)).toEqual(packet);
      }),
    );
  });

  it('of RTCP opens to what it was, with a tag of 80 bits in either suite', () => {
    fc.assert(
      fc.property(anySuite, fc.integer({ min: 8, max: 1400 }), (suite, size) => {
        const sent = securedRtcp(new SrtpSender(keyOf(suite)), rtcp(size));

        expect(sent).toHaveLength(size + 4 + 10);
        expect(new SrtpReceiver(keyOf(suite)).unprotectRtcp(sent)).toEqual(rtcp(size));
      }),
    );
  });

  it('leaves contributing sources and the extension readable', () => {
    const packet = Uint8Array.from([
      ...[0x91, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 9, 9, 9, 9],
      ...[0xbe, 0xde, 0, 1, 5, 5, 5, 5, 1, 2, 3, 4, 5, 6, 7, 8],
    ]);
    const sent = secured(new SrtpSender(KEY), packet);

    expect(sent.subarray(0, 24)).toEqual(packet.subarray(0, 24));
    expect(sent.subarray(24, 32)).not.toEqual(packet.subarray(24));
    expect(new SrtpReceiver(KEY).unprotectRtp(sent)).toEqual(packet);
  });

  it('of RTCP that is authentic and readable is taken', () => {
    const { authKey } = deriveSessionKeys(KEY.keySalt, 'rtcp');
    const clear = Uint8Array.from([...rtcp(), 0, 0, 0, 5]);
    const tag = createHmac('sha1', authKey).update(clear).digest().subarray(0, 10);

    expect(new SrtpReceiver(KEY).unprotectRtcp(Uint8Array.from([...clear, ...tag]))).toEqual(
      rtcp(),
    );
  });

  it('is refused and left as it came when a bit is wrong', () => {
    fc.assert(
      fc.property(anySuite, anyRtp, fc.nat(), (suite, packet, at) => {
        const sent = secured(new SrtpSender(keyOf(suite)), packet);
        const bit = at % (sent.length * 8);
        sent[bit >> 3] = (sent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const before = Uint8Array.from(sent);
        const receiver = new SrtpReceiver(keyOf(suite));

        expect(receiver.unprotectRtp(sent)).toBeUndefined();
        expect(sent).toEqual(before);
        expect(receiver.sourceCount).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('of RTCP is refused when a bit is wrong', () => {
    const sent = securedRtcp(new SrtpSender(KEY), rtcp(40));
    for (let bit = 0; bit < sent.length * 8; bit++) {
      const damaged = Uint8Array.from(sent);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));

      expect(new SrtpReceiver(KEY).unprotectRtcp(damaged)).toBeUndefined();
    }
  });

  it('of another key is refused', () => {
    const sender = new SrtpSender(keyOf('AES_CM_128_HMAC_SHA1_80', 2));
    const receiver = new SrtpReceiver(KEY);

    expect(receiver.unprotectRtp(secured(sender, rtp({ sequence: 1 })))).toBeUndefined();
    expect(receiver.unprotectRtcp(securedRtcp(sender, rtcp()))).toBeUndefined();
    expect(receiver.stats()).toMatchObject({ accepted: 0, unauthenticated: 2 });
  });
});

describe('the replay window', () => {
  it('takes every packet of a shuffled stream once', () => {
    const sender = new SrtpSender(KEY);
    const sent = Array.from({ length: 64 }, (_, at) => secured(sender, rtp({ sequence: at })));
    fc.assert(
      fc.property(fc.shuffledSubarray(sent, { minLength: 64 }), (order) => {
        const receiver = new SrtpReceiver(KEY);
        const take = (): boolean[] =>
          order.map((packet) => receiver.unprotectRtp(Uint8Array.from(packet)) !== undefined);

        expect(take()).toEqual(order.map(() => true));
        expect(take()).toEqual(order.map(() => false));
        expect(receiver.stats()).toMatchObject({ accepted: 64, replayed: 64 });
      }),
      { numRuns: 20 },
    );
  });

  it('refuses what is 128 packets old, and takes what is 127', () => {
    const sender = new SrtpSender(KEY);
    const packets = Array.from({ length: 130 }, (_, at) => secured(sender, rtp({ sequence: at })));
    const receiver = new SrtpReceiver(KEY);
    const take = (at: number): boolean =>
      receiver.unprotectRtp(packets[at] ?? new Uint8Array(0)) !== undefined;

    expect([take(129), take(1), take(2)]).toEqual([true, false, true]);
    expect(receiver.stats()).toMatchObject({ accepted: 2, tooOld: 1 });
  });

  it('refuses RTCP that comes again', () => {
    const sent = securedRtcp(new SrtpSender(KEY), rtcp());
    const receiver = new SrtpReceiver(KEY);

    expect(receiver.unprotectRtcp(Uint8Array.from(sent))).toEqual(rtcp());
    expect(receiver.unprotectRtcp(sent)).toBeUndefined();
    expect(receiver.stats()).toMatchObject({ accepted: 1, replayed: 1 });
  });
});

describe('the roll-over counter', () => {
  it('is nearest to the highest index (RFC 3711 appendix A)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0x10000, max: 2 ** 40 }),
        fc.integer({ min: -0x7fff, max: 0x7fff }),
        (highest, step) => {
          expect(estimateIndex((highest + step) % 0x10000, highest)).toBe(highest + step);
        },
      ),
    );
    expect(estimateIndex(0xffff, 3)).toBeLessThan(0);
  });

  it('follows the sequence number around, in and out of order', () => {
    const sender = new SrtpSender(KEY);
    const receiver = new SrtpReceiver(KEY);
    const plain = Array.from({ length: 4_000 }, (_, at) => rtp({ sequence: (at * 50) & 0xffff }));
    const swap = (at: number): number => (at % 2 === 0 ? at + 1 : at - 1);
    const sent = plain.map((packet) => secured(sender, packet));

    const opened = sent.filter((_, at) => {
      const packet = sent[swap(at)];
      return packet !== undefined && receiver.unprotectRtp(packet) !== undefined;
    });
    expect(opened).toHaveLength(4_000);
    expect(receiver.stats()).toMatchObject({ accepted: 4_000, unauthenticated: 0 });
  });

  it('is not moved by forged packets', () => {
    const sender = new SrtpSender(KEY);
    const receiver = new SrtpReceiver(KEY);
    receiver.unprotectRtp(secured(sender, rtp({ sequence: 0xfff0 })));
    for (let at = 0; at < 1_000; at++) receiver.unprotectRtp(rtp({ sequence: at * 60 }));

    expect(receiver.unprotectRtp(secured(sender, rtp({ sequence: 2 })))).toBeDefined();
  });
});

describe('what is kept', () => {
  it('is nothing of forged sources, however many', () => {
    const receiver = new SrtpReceiver(KEY);
    for (let ssrc = 0; ssrc < 10_000; ssrc++) {
      receiver.unprotectRtp(rtp({ sequence: 1, ssrc, payload: new Uint8Array(20) }));
      receiver.unprotectRtcp(rtcp(30));
    }

    expect(receiver.sourceCount).toBe(0);
    expect(receiver.stats()).toMatchObject({ accepted: 0, unauthenticated: 20_000 });
  });

  it('is 32 authentic sources, those that were heard last', () => {
    const sender = new SrtpSender(KEY);
    const receiver = new SrtpReceiver(KEY);
    const send = (ssrc: number, sequence: number): boolean =>
      receiver.unprotectRtp(secured(sender, rtp({ ssrc, sequence }))) !== undefined;
    send(1, 1);
    send(2, 1);
    const again = secured(sender, rtp({ ssrc: 1, sequence: 2 }));
    receiver.unprotectRtp(Uint8Array.from(again));
    for (let ssrc = 3; ssrc <= 33; ssrc++) send(ssrc, 1);

    expect(receiver.sourceCount).toBe(32);
    expect(receiver.unprotectRtp(again)).toBeUndefined();
    expect(receiver.stats()).toMatchObject({ replayed: 1 });
  });
});

describe('whatever comes', () => {
  it('is no packet, and nothing is thrown', () => {
    const near = fc.uint8Array({ maxLength: 60 }).map((bytes) => {
      bytes[0] = 0x80 | ((bytes[0] ?? 0) & 0x3f);
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(near, fc.uint8Array({ maxLength: 3000 })), (bytes) => {
        const receiver = new SrtpReceiver(KEY);
        expect(receiver.unprotectRtp(bytes)).toBeUndefined();
        expect(receiver.unprotectRtcp(bytes)).toBeUndefined();
        expect(() => new SrtpSender(KEY).protectRtp(bytes)).not.toThrow();
        expect(() => new SrtpSender(KEY).protectRtcp(bytes)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  it('is never sent twice under the same number', () => {
    const sender = new SrtpSender(KEY);
    sender.protectRtp(rtp({ sequence: 5 }));

    expect(sender.protectRtp(rtp({ sequence: 5 }))).toBeUndefined();
  });
});
