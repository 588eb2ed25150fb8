import { describe, expect, it } from 'vitest';
import { micros } from '#foundation';
import { createAudioPath } from '#media';
import type { AudioDecoder, AudioDecoderFactory } from '#media';
import { loadOpusDecoders } from '#adapters/codec-opus-wasm';
import {
  PcmAacEncoder,
  SeededRandom,
  decodeOgg,
  dominantToneHz,
  encodeOgg,
  oggPackets,
  speak,
} from '#testkit';

const RATE = 48_000;
const FRAME = 960;
/** What ffmpeg leaves out at the front: libopus's own delay, and without its look-ahead. */
const PRE_SKIP = 312;
const SHORT_PRE_SKIP = 120;
const ROOM = new Int16Array(2 * 5760);

const createDecoder = loadOpusDecoders();

function decoderFor(channels: 1 | 2): AudioDecoder {
  const decoder = createDecoder({ codec: 'opus', clockRate: RATE, channels });
  if (decoder === undefined) throw new Error('no decoder');
  return decoder;
}

/** Everything that a new decoder makes of packets; `conceal` says what to do for those that are lost. */
function decodeAll(
  packets: readonly Uint8Array[],
  channels: 1 | 2,
  conceal?: (decoder: AudioDecoder, out: Int16Array, index: number) => boolean,
): Int16Array {
  const decoder = decoderFor(channels);
  const pieces = packets.map((packet, index) => {
    const sampleCount = decoder.duration(packet, 0, packet.length);
    const isLost = conceal?.(decoder, ROOM, index) ?? false;
    if (!isLost) expect(decoder.decode(packet, ROOM)).toBe(sampleCount);
    return ROOM.slice(0, sampleCount * channels);
  });
  decoder.close();
  return Int16Array.from(pieces.flatMap((piece) => [...piece]));
}

function tone(frequencyHz: number, seconds: number, amplitude = 10_000): Int16Array {
  return Int16Array.from({ length: seconds * RATE }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequencyHz * i) / RATE)),
  );
}

/** In dB: how far the difference of two signals lies below the first. */
function signalToNoiseDb(wanted: Int16Array, got: Int16Array): number {
  let signal = 0;
  let noise = 0;
  for (const [i, sample] of wanted.entries()) {
    signal += sample ** 2;
    noise += (sample - (got[i] ?? 0)) ** 2;
  }
  return 10 * Math.log10((signal + 1) / (noise + 1));
}

const SPEECH = speak(
  'The quick brown fox jumps over the lazy dog. We are live from the studio, and the weather is fine today.',
  RATE,
);
const FEC_PACKETS = oggPackets(
  encodeOgg({
    samples: SPEECH,
    sampleRate: RATE,
    channels: 1,
    encoder: '-c:a libopus -b:a 32k -application voip -frame_duration 20 -fec 1 -packet_loss 20',
  }),
);

describe('Opus beside ffmpeg', () => {
  it.each([
    { name: 'speech at 12 kb/s (SILK)', encoder: '-b:a 12k -application voip' },
    { name: 'speech at 32 kb/s (hybrid)', encoder: '-b:a 32k -application voip' },
    { name: 'music at 64 kb/s (CELT)', encoder: '-b:a 64k -application audio' },
    { name: 'frames of 2.5 ms', encoder: '-application lowdelay -frame_duration 2.5' },
    { name: 'frames of 60 ms', encoder: '-b:a 24k -application voip -frame_duration 60' },
    { name: 'packets of 120 ms', encoder: '-b:a 24k -application voip -frame_duration 120' },
    { name: 'stereo sent', encoder: '-b:a 64k -ac 2' },
  ])('decodes $name alike', ({ encoder }) => {
    const file = encodeOgg({
      samples: SPEECH,
      sampleRate: RATE,
      channels: 1,
      encoder: `-c:a libopus ${encoder}`,
    });
    const channels = encoder.includes('-ac 2') ? 2 : 1;

    const skipped = encoder.includes('lowdelay') ? SHORT_PRE_SKIP : PRE_SKIP;

    const ours = decodeAll(oggPackets(file), channels).subarray(skipped * channels);

    expect(signalToNoiseDb(decodeOgg(file, 'libopus', RATE), ours)).toBeGreaterThan(50);
  });

  it('keeps left and right apart', () => {
    const left = tone(440, 0.5);
    const right = tone(1500, 0.5);
    const samples = Int16Array.from({ length: RATE }, (_, i) =>
      Math.floor((i % 2 === 0 ? left : right)[Math.floor(i / 2)] ?? 0),
    );
    const file = encodeOgg({
      samples,
      sampleRate: RATE,
      channels: 2,
      encoder: '-c:a libopus -b:a 96k',
    });

    const heard = decodeAll(oggPackets(file), 2).subarray(FRAME * 2);
    const channel = (offset: number) => heard.filter((_, i) => i % 2 === offset);

    expect(dominantToneHz(channel(0), RATE, { toHz: 2000 })).toBe(440);
    expect(dominantToneHz(channel(1), RATE, { toHz: 2000 })).toBe(1500);
  });

  it('makes one channel of two', () => {
    const samples = Int16Array.from({ length: RATE }, (_, i) =>
      i % 2 === 0 ? 0 : Math.round(8000 * Math.sin((i * Math.PI * 1000) / RATE)),
    );
    const file = encodeOgg({ samples, sampleRate: RATE, channels: 2, encoder: '-c:a libopus' });

    const heard = decodeAll(oggPackets(file), 1);

    expect(dominantToneHz(heard.subarray(FRAME), RATE, { toHz: 2000 })).toBe(1000);
  });
});

describe('a lost packet of Opus', () => {
  const isLost = (index: number) => index % 5 === 4 && index + 1 < FEC_PACKETS.length;
  const clean = decodeAll(FEC_PACKETS, 1);
  const withoutCopy = decodeAll(FEC_PACKETS, 1, (decoder, out, index) => {
    if (isLost(index)) decoder.conceal?.(out, FRAME, undefined);
    return isLost(index);
  });
  const withCopy = decodeAll(FEC_PACKETS, 1, (decoder, out, index) => {
    if (isLost(index)) decoder.conceal?.(out, FRAME, FEC_PACKETS[index + 1]);
    return isLost(index);
  });

  /** Over the lost packets in which someone speaks, in dB, each held to -10 to 35. */
  function segmentalDb(heard: Int16Array): number {
    const figures: number[] = [];
    for (let index = 0; index < FEC_PACKETS.length; index++) {
      const wanted = clean.subarray(index * FRAME, (index + 1) * FRAME);
      if (!isLost(index) || wanted.every((sample) => Math.abs(sample) < 500)) continue;
      const got = heard.subarray(index * FRAME, (index + 1) * FRAME);
      figures.push(Math.min(35, Math.max(-10, signalToNoiseDb(wanted, got))));
    }
    expect(figures.length).toBeGreaterThan(20);
    return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
  }

  it('is extrapolated better than silence', () => {
    expect(segmentalDb(new Int16Array(clean.length))).toBeCloseTo(0, 1);
    expect(segmentalDb(withoutCopy)).toBeGreaterThan(0.5);
  });

  it('comes out of the copy in the next one, far better than extrapolated', () => {
    expect(segmentalDb(withCopy)).toBeGreaterThan(segmentalDb(withoutCopy) + 6);
  });

  it('is the only one of a row that comes out of the copy', () => {
    const next = FEC_PACKETS[53];
    const atOnce = concealed((decoder) => decoder.conceal?.(ROOM, 3 * FRAME, next));
    const inSteps = concealed((decoder) => {
      decoder.conceal?.(ROOM, 2 * FRAME, undefined);
      decoder.conceal?.(ROOM.subarray(2 * FRAME), FRAME, next);
    });
    const extrapolated = concealed((decoder) => decoder.conceal?.(ROOM, 3 * FRAME, undefined));

    expect(atOnce).toEqual(inSteps);
    expect(atOnce.subarray(0, 2 * FRAME)).toEqual(extrapolated.subarray(0, 2 * FRAME));
    expect(atOnce.subarray(2 * FRAME)).not.toEqual(extrapolated.subarray(2 * FRAME));
  });

  /** 60 ms behind the first second. */
  function concealed(conceal: (decoder: AudioDecoder) => void): Int16Array {
    const decoder = decoderFor(1);
    for (const packet of FEC_PACKETS.slice(0, 50)) decoder.decode(packet, ROOM);
    conceal(decoder);
    decoder.close();
    return ROOM.slice(0, 3 * FRAME);
  }
});

describe('Opus through a path', () => {
  /** A decoder that is never shown the packet behind a hole. */
  const withoutCopies: AudioDecoderFactory = (format) => {
    const decoder = createDecoder(format);
    const conceal = decoder?.conceal?.bind(decoder);
    return decoder === undefined || conceal === undefined
      ? undefined
      : Object.assign(decoder, {
          conceal: (out: Int16Array, sampleCount: number) => conceal(out, sampleCount, undefined),
        });
  };
  const everyTenth = (index: number) => index % 10 === 9;

  function heard(isLost: (index: number) => boolean, factory = createDecoder) {
    const encoder = new PcmAacEncoder(RATE);
    const payloadTypes = new Map([[111, { codec: 'opus', clockRate: RATE, channels: 1 }]] as const);
    const path = createAudioPath({ payloadTypes, createDecoder: factory, encoder });
    path.start();
    for (let index = 0; index < FEC_PACKETS.length + 10; index++) {
      const payload = FEC_PACKETS[index];
      const now = micros(index * 20_000);
      if (payload !== undefined && !isLost(index)) path.receive(rtp(index, payload), now);
      path.tick(micros(index * 20_000 + 10_000));
    }
    const stats = path.stats();
    path.end();
    return { samples: Int16Array.from(encoder.heard), stats };
  }

  function rtp(index: number, payload: Uint8Array): Uint8Array {
    const packet = Buffer.alloc(12 + payload.length);
    packet.writeUInt16BE(0x806f, 0);
    packet.writeUInt16BE(index, 2);
    packet.writeUInt32BE(index * FRAME, 4);
    packet.set(payload, 12);
    return packet;
  }

  it('conceals each lost packet for as long as it was, out of its copy', () => {
    const whole = heard(() => false);
    const recovered = heard(everyTenth);
    const extrapolated = heard(everyTenth, withoutCopies);
    const lost = FEC_PACKETS.filter((_, index) => everyTenth(index)).length;

    expect(whole.stats.lost).toBe(0);
    expect(recovered.stats.lost).toBe(lost);
    // What is concealed behind the last packet is no loss.
    expect(recovered.stats.concealedMs - whole.stats.concealedMs).toBe(20 * lost);
    const [near, far] = [recovered, extrapolated].map(({ samples }) =>
      signalToNoiseDb(whole.samples, samples),
    );
    expect(near).toBeGreaterThan((far ?? 0) + 6);
  });
});

describe('hostile payloads of Opus', () => {
  it('of any bytes neither throw nor last, and leave the decoder usable', () => {
    const random = new SeededRandom(4);
    const decoder = decoderFor(2);
    const before = process.memoryUsage().rss;

    let disagreed = 0;
    for (let i = 0; i < 20_000; i++) {
      const payload = payloadOf(random, i);
      const sampleCount = decoder.duration(payload, 0, payload.length);
      if (decoder.decode(payload, ROOM) !== sampleCount) disagreed += 1;
      if (i % 7 === 0) decoder.conceal?.(ROOM, 960, payload);
    }
    decoder.reset();
    const heard = FEC_PACKETS.map((packet) => decoder.decode(packet, ROOM));
    decoder.close();

    expect(disagreed).toBe(0);
    expect(heard.every((count) => count === FRAME)).toBe(true);
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
  });

  /** Random bytes and damaged packets in turn. */
  function payloadOf(random: SeededRandom, index: number): Uint8Array {
    if (index % 2 === 0) return random.bytes(random.below(80));
    const payload = Uint8Array.from(FEC_PACKETS[random.below(FEC_PACKETS.length)] ?? []);
    payload[random.below(payload.length)] = random.below(256);
    payload[random.below(payload.length)] = random.below(256);
    return payload;
  }
});
