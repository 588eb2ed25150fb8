import type { AudioDecoder, AudioDecoderFactory, AudioFormat } from '#media';
import { createAudioPath, createBuiltInDecoder } from '#media';
import { parseOpusBody } from '#protocol/flv';
import type { FlvTag } from '#protocol/flv';
import { OPUS_RATE, opusPacketSamples } from '#protocol/opus';
import { PcmAacEncoder } from '#testkit';
import type { Delivery, PayloadEncoder } from '#testkit';
import { PCMU, TagList } from './audio-path-world.ts';

const OPUS_TYPE = 111;
export const OPUS_FIRST = new Map<number, AudioFormat>([
  [OPUS_TYPE, { codec: 'opus', clockRate: OPUS_RATE, channels: 1 }],
  [0, PCMU],
]);

/** Configurations of single CELT frames at full band (RFC 6716 table 2), by samples. */
const TOC = new Map([
  [120, 0xe0],
  [240, 0xe8],
  [480, 0xf0],
  [960, 0xf8],
  [1920, 0xf9],
]);

/**
 * Packets with the head of Opus and a content of their own each, all different: 2.5 to 20 ms in one frame, 40 ms in two,
 * 60 ms in one frame of SILK.
 */
export function numberedOpus(): PayloadEncoder {
  let count = 0;
  return {
    payloadType: OPUS_TYPE,
    sampleRate: OPUS_RATE,
    clockRate: OPUS_RATE,
    channels: 1,
    encode: ({ length }) => {
      count += 1;
      const content = [count >> 16, count >> 8, count, 0x55].map((byte) => byte & 0xff);
      return Uint8Array.of(TOC.get(length) ?? 0x18, ...content, ...content);
    },
  };
}

/** Knows how long packets of Opus are, and decodes them to a square wave at 12 kHz. */
export const hollowOpus: AudioDecoder = {
  name: 'opus',
  clockRate: OPUS_RATE,
  sampleRate: OPUS_RATE,
  channels: 1,
  isOpus: true,
  duration: opusPacketSamples,
  decode: (payload, out) => {
    const samples = opusPacketSamples(payload, 0, payload.length);
    for (let at = 0; at < samples; at++) out[at] = at % 4 < 2 ? 8000 : -8000;
    return samples;
  },
  reset: () => undefined,
  close: () => undefined,
};

const withOpus: AudioDecoderFactory = (format) =>
  format.codec === 'opus' ? hollowOpus : createBuiltInDecoder(format);

/** A path with an outlet that takes Opus, and what that has heard. */
export function opusPathWorld({
  payloadTypes = OPUS_FIRST,
  jitter = { minMs: 60, maxMs: 60 },
} = {}) {
  const encoder = new PcmAacEncoder(OPUS_RATE);
  const path = createAudioPath({
    payloadTypes,
    jitter,
    encoder,
    createDecoder: withOpus,
    passthrough: true,
  });
  const opus = path.opus;
  if (opus === undefined) throw new Error('no passage for Opus');
  const outlet = new TagList();
  opus.fanOut.add(outlet);
  path.start();
  return { path, encoder, opus, outlet };
}

/** The packets that went out, each with its time and how much it plays. */
export function passedPackets(tags: readonly FlvTag[]) {
  return tags.flatMap(({ body, timestampMs }) => {
    const { packet, payload } = parseOpusBody(body);
    if (packet !== 'codedFrames') return [];
    const samples = opusPacketSamples(payload, 0, payload.length);
    return [{ timestampMs, samples, hex: Buffer.from(payload).toString('hex') }];
  });
}

/** The payload of an RTP packet with a plain header. */
export const payloadHex = ({ bytes }: Delivery): string =>
  Buffer.from(bytes.subarray(12)).toString('hex');
