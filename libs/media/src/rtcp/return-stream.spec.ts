import { describe, expect, it } from 'vitest';
import { KeyReceiver, SeededRandom } from '#testkit';
import { ReturnStream } from '../index.ts';

const EVENTS = 101;
const TICK_MS = 20;

function streamOf(firstSequence = 1, firstTimestamp = 0): ReturnStream {
  return new ReturnStream({ ssrc: 0x01020304, firstSequence, firstTimestamp });
}

/** Presses keys and gives what is sent until they are all pressed: hex, or `-` where nothing is. */
function press(stream: ReturnStream, keys: string): string[] {
  const packets: string[] = [];
  const told: boolean[] = [];
  stream.press({ keys, payloadType: EVENTS, onOver: (all) => told.push(all) });
  while (told.length === 0) {
    const packet = stream.next();
    packets.push(packet === undefined ? '-' : Buffer.from(packet).toString('hex'));
  }
  return packets;
}

/** 20 ms each; the header fields are marker and type, sequence, timestamp, SSRC. */
const event = (sequence: string, timestamp: string, payload: string, marker = '65'): string =>
  `80${marker}${sequence}${timestamp}01020304${payload}`;

describe('keys', () => {
  it('are telephone events, byte for byte', () => {
    const packets = press(streamOf(0xfffe, 2 ** 32 - 160), '5');

    const at = 'ffffff60';
    expect(packets).toEqual([
      event('fffe', at, '050a00a0', 'e5'),
      event('ffff', at, '050a0140'),
      event('0000', at, '050a01e0'),
      event('0001', at, '050a0280'),
      event('0002', at, '050a0320'),
      event('0003', at, '050a03c0'),
      event('0004', at, '050a0460'),
      event('0005', at, '058a0500'),
      event('0006', at, '058a0500'),
      event('0007', at, '058a0500'),
      ...['-', '-', '-'],
    ]);
  });

  it('have their codes, their gaps and their pauses', () => {
    const stream = streamOf();
    const receiver = new KeyReceiver(EVENTS);
    press(stream, 'w0123456789*#ABCDw1').forEach((hex, tick) => {
      if (hex !== '-') receiver.receive(Buffer.from(hex, 'hex'), tick * TICK_MS);
    });

    const { heard } = receiver;
    expect(receiver.keys).toBe('0123456789*#ABCD1');
    expect(receiver.complaints).toEqual([]);
    expect(heard[0]?.startedMs).toBe(500);
    const gaps = heard.slice(1).map(({ startedMs }, i) => startedMs - (heard[i]?.endedMs ?? 0));
    // From the packet that says the end, which covers 20 ms itself, to the first one of the next key.
    expect(gaps).toEqual([...Array.from({ length: 15 }, () => 120), 620]);
  });

  it('take the place of silence, in one sequence and on one clock', () => {
    const stream = streamOf(10, 1000);
    stream.setSilence({ format: { codec: 'PCMU', clockRate: 8000, channels: 1 }, payloadType: 0 });
    stream.next();

    const packets = press(stream, '1').map((hex) => Buffer.from(hex, 'hex'));

    const facts = packets.map((bytes) => [
      (bytes[1] ?? 0) & 0x7f,
      bytes.readUInt16BE(2),
      bytes.readUInt32BE(4),
    ]);
    expect(facts.slice(0, 10)).toEqual(
      Array.from({ length: 10 }, (_, index) => [EVENTS, 11 + index, 1160]),
    );
    expect(facts.slice(10)).toEqual([
      [0, 21, 1160 + 10 * 160],
      [0, 22, 1160 + 11 * 160],
      [0, 23, 1160 + 12 * 160],
    ]);
    expect(stream).toMatchObject({ packetCount: 14, octetCount: 4 * 160 + 10 * 4 });
  });

  it('that are given up are told so, once, and no more is sent of them', () => {
    const stream = streamOf();
    const told: boolean[] = [];
    stream.press({ keys: '12', payloadType: EVENTS, onOver: (all) => told.push(all) });
    stream.next();

    stream.release();
    stream.release();

    expect(stream.next()).toBeUndefined();
    expect(told).toEqual([false]);
  });

  it.each([1, 2, 3])(
    'are each heard once when one packet in ten is lost, whichever it is (seed %i)',
    (seed) => {
      const random = new SeededRandom(seed);
      const alphabet = '0123456789*#ABCD';
      const keys = Array.from({ length: 1_000 }, () => alphabet[random.below(16)]).join('');
      const receiver = new KeyReceiver(EVENTS);
      let lost = 0;
      const firstsAndEnds = { lost: 0 };
      press(streamOf(random.below(2 ** 16), random.below(2 ** 32)), keys).forEach((hex, tick) => {
        if (hex === '-') return;
        const packet = Buffer.from(hex, 'hex');
        if (random.below(10) > 0) {
          receiver.receive(packet, tick * TICK_MS);
          return;
        }
        lost++;
        if ((packet[1] ?? 0) > 0x7f || (packet[13] ?? 0) > 0x7f) firstsAndEnds.lost++;
      });

      expect(receiver.keys).toBe(keys);
      expect(receiver.complaints).toEqual([]);
      expect(lost).toBeGreaterThan(800);
      expect(firstsAndEnds.lost).toBeGreaterThan(300);
    },
  );
});
