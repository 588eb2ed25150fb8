import { describe, expect, it } from 'vitest';
import { PacketWindow } from './packet-window.ts';
import { TimedPacket } from './unwrap-time.ts';

/** A packet whose payload lies behind `header` bytes and before `trailer` bytes of something else. */
function packetOf(sequence: number, payload: Uint8Array, { header = 12, trailer = 0 } = {}) {
  const packet = new TimedPacket();
  packet.sequence = sequence;
  packet.rtp.bytes = new Uint8Array(header + payload.length + trailer).fill(0xee);
  packet.rtp.bytes.set(payload, header);
  packet.rtp.payloadOffset = header;
  packet.rtp.payloadLength = payload.length;
  return packet;
}

const payloadOf = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

describe('the window of packets', () => {
  it.each([
    { what: 'a packet of 20 ms of G.711', length: 160, header: 12, trailer: 0 },
    { what: 'a longer header than there is room for', length: 160, header: 72, trailer: 0 },
    { what: 'padding', length: 100, header: 12, trailer: 40 },
    { what: 'more padding than there is room for', length: 100, header: 12, trailer: 250 },
    { what: 'a large payload', length: 3840, header: 12, trailer: 0 },
    { what: 'an empty payload', length: 0, header: 12, trailer: 0 },
  ])('gives back the payload of $what', ({ length, ...around }) => {
    const window = new PacketWindow();

    window.put(packetOf(5, payloadOf(length, 7), around), 160);

    expect(window.payloadOf(5)).toEqual(payloadOf(length, 7));
  });

  it('keeps what waits when a longer packet comes', () => {
    const window = new PacketWindow();
    window.put(packetOf(1, payloadOf(160, 1)), 160);
    window.put(packetOf(2, payloadOf(40, 2), { header: 300 }), 160);

    window.put(packetOf(3, payloadOf(1000, 3)), 160);

    expect(window.payloadOf(1)).toEqual(payloadOf(160, 1));
    expect(window.payloadOf(2)).toEqual(payloadOf(40, 2));
    expect(window.payloadOf(3)).toEqual(payloadOf(1000, 3));
  });

  it('has no payload of a packet that only marks its number', () => {
    const window = new PacketWindow();

    window.put(packetOf(1, payloadOf(160, 1)), 0);

    expect(window.has(1)).toBe(true);
    expect(window.payloadOf(1)).toHaveLength(0);
  });
});
