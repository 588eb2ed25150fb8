import { describe, expect, it } from 'vitest';
import type { AudioDecoder } from '#media';
import { isLibavAvailable } from '#adapters/aac-libav';
import { loadSpeexDecoders } from '#adapters/codec-speex-libav';
import { SeededRandom, decodeOgg, dominantToneHz, encodeOgg, oggPackets, speak } from '#testkit';

const TEXT = 'The quick brown fox jumps over the lazy dog. We are live from the studio.';
const ROOM = new Int16Array(3200);

function decoderFor(rate: number): AudioDecoder {
  const decoder = loadSpeexDecoders()({ codec: 'speex', clockRate: rate, channels: 1 });
  if (decoder === undefined) throw new Error(`no decoder for ${rate} Hz`);
  return decoder;
}

function encoded(samples: Int16Array, rate: number, options: string): Uint8Array {
  const encoder = `-c:a libspeex ${options}`.trim();
  return encodeOgg({ samples, sampleRate: rate, channels: 1, encoder });
}

function decodeAll(packets: readonly Uint8Array[], rate: number): Int16Array {
  const decoder = decoderFor(rate);
  const pieces = packets.map((packet) => {
    const sampleCount = decoder.duration(packet, 0, packet.length);
    expect(decoder.decode(packet, ROOM)).toBe(sampleCount);
    return ROOM.slice(0, sampleCount);
  });
  decoder.close();
  return Int16Array.from(pieces.flatMap((piece) => [...piece]));
}

/** How alike two signals are, 1 for the same, at the shift (up to 30 ms) where they are most alike. */
function likeness(wanted: Int16Array, got: Int16Array, rate: number): number {
  let best = 0;
  for (let shift = 0; shift < 0.03 * rate; shift++) {
    let product = 0;
    let wantedEnergy = 1;
    let gotEnergy = 1;
    for (let i = 0; i + shift < wanted.length; i++) {
      const a = wanted[i + shift] ?? 0;
      const b = got[i] ?? 0;
      product += a * b;
      wantedEnergy += a * a;
      gotEnergy += b * b;
    }
    best = Math.max(best, product / Math.sqrt(wantedEnergy * gotEnergy));
  }
  return best;
}

const RATES = isLibavAvailable() ? [8000, 16_000] : [];

describe.each(RATES)('Speex at %i Hz beside libspeex', (rate) => {
  const speech = speak(TEXT, rate);

  it.each([
    { name: 'the default quality', options: '' },
    { name: 'the lowest quality', options: '-cbr_quality 0' },
    { name: 'the highest quality', options: '-cbr_quality 10' },
    { name: 'three frames a packet', options: '-frames_per_packet 3' },
    { name: 'eight frames a packet', options: '-frames_per_packet 8' },
    { name: 'variable bit rate and pauses', options: '-q:a 6 -vad 1 -dtx 1' },
  ])('sounds like it at $name', ({ options }) => {
    const file = encoded(speech, rate, options);

    const ours = decodeAll(oggPackets(file), rate);
    const theirs = decodeOgg(file, 'libspeex', rate);

    expect(Math.abs(ours.length - theirs.length)).toBeLessThan(0.16 * rate);
    expect(likeness(ours, theirs, rate)).toBeGreaterThan(0.95);
  });

  it('carries a tone of its whole band', () => {
    const frequencyHz = rate / 2 - 1000;
    const samples = Int16Array.from({ length: rate }, (_, i) =>
      Math.round(8000 * Math.sin((2 * Math.PI * frequencyHz * i) / rate)),
    );

    const heard = decodeAll(oggPackets(encoded(samples, rate, '-cbr_quality 10')), rate);

    const heardHz = dominantToneHz(heard.subarray(rate / 2), rate);
    expect(Math.abs(heardHz - frequencyHz)).toBeLessThan(5);
  });
});

if (isLibavAvailable()) {
  describe('hostile payloads of Speex', () => {
    it('of any bytes neither throw nor last, and leave the decoder usable', () => {
      const random = new SeededRandom(4);
      const decoder = decoderFor(16_000);
      const packets = oggPackets(encoded(speak(TEXT, 16_000), 16_000, ''));
      const loudest = Math.max(...decodeAll(packets, 16_000));
      const before = process.memoryUsage.rss();
      const peakOf = (packet: Uint8Array): number =>
        ROOM.subarray(0, decoder.decode(packet, ROOM)).reduce(
          (a, b) => Math.max(a, Math.abs(b)),
          0,
        );

      let disagreed = 0;
      for (let i = 0; i < 20_000; i++) {
        const payload =
          i % 2 === 0
            ? random.bytes(random.below(80))
            : Uint8Array.from(packets[random.below(packets.length)] ?? []);
        if (i % 2 === 1) payload[random.below(payload.length)] = random.below(256);
        const sampleCount = decoder.duration(payload, 0, payload.length);
        const got = decoder.decode(payload, ROOM);
        if (got !== 0 && got !== sampleCount) disagreed += 1;
      }
      const peak = packets.reduce((most, packet) => Math.max(most, peakOf(packet)), 0);
      decoder.reset();
      const counts = new Set(packets.map((packet) => decoder.decode(packet, ROOM)));
      decoder.close();

      expect(disagreed).toBe(0);
      expect(peak).toBeGreaterThan(0.8 * loudest);
      expect(counts).toEqual(new Set([320]));
      expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
    });
  });
} else {
  it('Speex is refused with what to install, for it is FFmpeg that decodes it', () => {
    expect(() => loadSpeexDecoders()).toThrow(/npm install node-av/);
  });
}
