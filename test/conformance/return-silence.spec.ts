import { describe, expect, it } from 'vitest';
import { loadOpusDecoders } from '#adapters/codec-opus-wasm';
import { isLibavAvailable } from '#adapters/aac-libav';
import { loadSpeexDecoders } from '#adapters/codec-speex-libav';
import { ReturnStream, createBuiltInDecoder } from '#media';
import type { AudioDecoder, AudioFormat } from '#media';
import { KeyReceiver } from '#testkit';

const HEADER_BYTES = 12;
/** Judged where node-av is, which has the decoder; without it no call speaks Speex. */
const SPEEX: readonly AudioFormat[] = [
  { codec: 'speex', clockRate: 8000, channels: 1 },
  { codec: 'speex', clockRate: 16_000, channels: 1 },
];
const FORMATS: readonly AudioFormat[] = [
  { codec: 'PCMU', clockRate: 8000, channels: 1 },
  { codec: 'PCMA', clockRate: 8000, channels: 1 },
  { codec: 'G722', clockRate: 8000, channels: 1 },
  { codec: 'L16', clockRate: 44_100, channels: 2 },
  { codec: 'L16', clockRate: 16_000, channels: 1 },
  { codec: 'opus', clockRate: 48_000, channels: 1 },
  { codec: 'opus', clockRate: 48_000, channels: 2 },
  ...(isLibavAvailable() ? SPEEX : []),
];
const openOpus = loadOpusDecoders();

function decoderOf(format: AudioFormat): AudioDecoder {
  const decoder = createBuiltInDecoder(format) ?? openOpus(format) ?? loadSpeexDecoders()(format);
  if (decoder === undefined) throw new Error(`no decoder of ${format.codec}`);
  return decoder;
}

function streamOf(format: AudioFormat): ReturnStream {
  const stream = new ReturnStream({ ssrc: 1, firstSequence: 0, firstTimestamp: 0 });
  stream.setClock(format.clockRate);
  stream.setSilence({ format, payloadType: 96 });
  return stream;
}

describe('what is sent back', () => {
  it.each(FORMATS)('is 20 ms of silence to a decoder of $codec at $clockRate Hz', (format) => {
    const decoder = decoderOf(format);
    const stream = streamOf(format);
    let [loudest, units] = [0, 0];

    for (let packet = 0; packet < 100; packet++) {
      const payload = stream.next()?.slice(HEADER_BYTES) ?? new Uint8Array(0);
      const duration = decoder.duration(payload, 0, payload.length);
      const out = new Int16Array(2 * 5_760);
      decoder.decode(payload, out);
      units += duration;
      for (const sample of out) loudest = Math.max(loudest, Math.abs(sample));
    }
    decoder.close();

    expect(units).toBe(2 * format.clockRate);
    expect(stream.timestamp).toBe(2 * format.clockRate);
    // The least that A-law and mu-law can say of one of the signs; dither of some decoders.
    expect(loudest).toBeLessThanOrEqual(8);
  });

  it.each(FORMATS)('has keys of 160 ms on the clock of $codec at $clockRate Hz', (format) => {
    const stream = streamOf(format);
    const receiver = new KeyReceiver(101);
    const told: boolean[] = [];
    const durations = new Set<number>();
    stream.press({ keys: '1#', payloadType: 101, onOver: (all) => told.push(all) });

    for (let tick = 0; told.length === 0; tick++) {
      const packet = Buffer.from(stream.next() ?? []);
      if ((packet[1] ?? 0) % 128 !== 101) continue;
      receiver.receive(packet, tick * 20);
      if ((packet[13] ?? 0) > 0x7f) durations.add(packet.readUInt16BE(14));
    }

    expect(receiver.keys).toBe('1#');
    expect(receiver.complaints).toEqual([]);
    expect([...durations]).toEqual([Math.floor(format.clockRate / 50) * 8]);
  });
});
