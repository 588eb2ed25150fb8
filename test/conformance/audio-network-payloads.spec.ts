import { describe, expect, it } from 'vitest';
import { INAUDIBLE } from '#media';
import { SrtpReceiver, SrtpSender } from '#protocol/srtp';
import type { SrtpKey } from '#protocol/srtp';
import { RtpSource, SeededRandom, tone, trouble } from '#testkit';
import type { Delivery, PayloadEncoder } from '#testkit';
import { G711, RATE, hear, peakOf, sharesOf, stretch } from './support/heard-call.ts';

const SEED = 20_261_126;
const END_MS = 10_000;
const EVENT_TYPE = 101;
const KEY_MS = 160;

/** A key that is held: event 5, volume 10, its duration so far, and the end bit (RFC 4733 section 2.3). */
const eventPayload = (durationMs: number, isEnd: boolean): Uint8Array => {
  const duration = (durationMs * RATE) / 1000;
  return Uint8Array.of(5, (isEnd ? 0x80 : 0) | 10, duration >> 8, duration & 0xff);
};

/** Samples stand for nothing: an encoder whose payload is given. */
const fixedPayload = (payload: Uint8Array): PayloadEncoder => ({
  payloadType: EVENT_TYPE,
  sampleRate: RATE,
  clockRate: RATE,
  channels: 1,
  encode: () => payload,
});

/** A key in place of sound: one packet every 20 ms with the timestamp of its start, the end three times. */
function pressKey(source: RtpSource): Delivery[] {
  const packets: Delivery[] = [];
  const back = (20 * RATE) / 1000;
  for (let ms = 20; ms <= KEY_MS + 40; ms += 20) {
    const payload = eventPayload(Math.min(ms, KEY_MS), ms >= KEY_MS);
    source.change({ codec: fixedPayload(payload) });
    packets.push(source.next());
    source.jump({ timestamp: -back });
  }
  source.jump({ timestamp: packets.length * back });
  source.change({ codec: 'PCMU' });
  return packets;
}

describe('payloads beside the sound', () => {
  it('M12: keys of the caller through 10 % loss are never heard, and cost no more than their own time', () => {
    const source = new RtpSource({ signal: tone(440) });
    const train: Delivery[] = [];
    for (let key = 0; key < 10; key++) train.push(...source.take(800), ...pressKey(source));
    train.push(...source.take(500));
    const network = { random: new SeededRandom(SEED), lossShare: 0.1 };
    const { deliveries, ledger } = trouble(train, network);
    const payloadTypes = new Map([...G711, [EVENT_TYPE, INAUDIBLE] as const]);

    const { samples, stats } = hear(deliveries, { untilMs: 10_540, payloadTypes });

    expect(stats.lost, `seed ${SEED}`).toBe(ledger.lostCount);
    expect(stats).toMatchObject({ late: 0, restarts: 0, unknownPayload: 0 });
    // The tones of key 5.
    for (const toneHz of [770, 1336]) {
      expect(Math.max(...sharesOf(samples, toneHz))).toBeLessThan(0.1);
    }
    for (let atMs = 0; atMs < END_MS; atMs += 1000) {
      const sound = sharesOf(stretch(samples, atMs + 140, atMs + 740), 440);
      expect(sound.filter((share) => share > 0.8).length, `at ${atMs}`).toBeGreaterThan(3);
    }
  });

  it('M17: SRTP through 100,000 forged packets, replays and a roll-over sounds as it did', () => {
    const key: SrtpKey = {
      suite: 'AES_CM_128_HMAC_SHA1_80',
      keySalt: new SeededRandom(SEED).bytes(30),
    };
    const [sender, receiver] = [new SrtpSender(key), new SrtpReceiver(key)];
    const sent = new RtpSource({ signal: tone(440), firstSequence: 65_400 }).take(END_MS);
    const opened: Delivery[] = [];
    const receive = (atMs: number, bytes: Uint8Array): void => {
      const plain = receiver.unprotectRtp(bytes);
      if (plain !== undefined) opened.push({ atMs, bytes: Uint8Array.from(plain) });
    };
    for (const { atMs, bytes } of sent) {
      const packet = Uint8Array.from(sender.protectRtp(bytes) ?? []);
      const forged = packet.with(packet.length - 1, (packet.at(-1) ?? 0) ^ 1);
      for (let count = 0; count < 100_000 / sent.length; count++) {
        // Also those that would move the roll-over counter if they were believed.
        receive(atMs, count % 2 === 0 ? Uint8Array.from(forged) : forged.with(2, count & 0xff));
      }
      receive(atMs, Uint8Array.from(packet));
      receive(atMs, Uint8Array.from(packet));
    }

    const { samples, stats } = hear(opened, { untilMs: END_MS });

    expect(opened).toHaveLength(sent.length);
    expect(stats).toMatchObject({ lost: 0, duplicates: 0, concealedMs: 0, restarts: 0 });
    expect(Math.min(...sharesOf(stretch(samples, 200, END_MS), 440))).toBeGreaterThan(0.98);
    const { accepted, ...refused } = receiver.stats();
    const refusedCount = Object.values(refused).reduce((sum, count) => sum + count, 0);
    expect({ accepted, refusedCount }).toEqual({
      accepted: sent.length,
      refusedCount: 100_000 + sent.length,
    });
    expect(peakOf(samples)).toBeLessThan(8300);
  });
});
