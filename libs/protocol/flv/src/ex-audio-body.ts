import { takeBody } from './audio-body-pool.ts';
import { FlvError } from './flv-tag.ts';
import type { FlvTag } from './flv-tag.ts';

/** What stands where the sound rate, size and type used to: the body names its codec in four letters. */
const SOUND_FORMAT_EX_HEADER = 9;
const HEADER_SIZE_BYTES = 5;
/** `Opus` as a big-endian number. */
const FOUR_CC_OPUS = 0x4f707573;
/** `OpusHead`, RFC 7845 section 5.1. */
const OPUS_HEAD_MAGIC = [0x4f, 0x70, 0x75, 0x73, 0x48, 0x65, 0x61, 0x64] as const;
const OPUS_HEAD_SIZE_BYTES = 19;
const OPUS_INPUT_RATE_HZ = 48_000;

/** AudioPacketType. */
const PACKET_TYPE = { sequenceStart: 0, codedFrames: 1, sequenceEnd: 2 } as const;

/** `audiocodecid` of `onMetaData` for Opus: its four letters as a number. */
export const OPUS_CODEC_ID = FOUR_CC_OPUS;

/** The AUDIODATA of an Opus stream, without its five header bytes. */
export interface OpusBody {
  readonly packet: keyof typeof PACKET_TYPE;
  /** An identification header (RFC 7845 section 5.1), one Opus packet (RFC 6716 section 3), or nothing at the end. */
  readonly payload: Uint8Array;
}

/**
 * Writes the body of an Opus audio tag. Copies the payload once.
 *
 * ```text
 * 4 bits SoundFormat = 9, 4 bits AudioPacketType: 0 sequence start, 1 coded frames, 2 sequence end
 * 32 bits FourCC = "Opus"
 * payload
 * ```
 *
 * @see Enhanced RTMP v2, section Enhanced Audio
 */
export function buildOpusBody({ packet, payload }: OpusBody): Uint8Array {
  const body = takeBody(HEADER_SIZE_BYTES + payload.length);
  body[0] = (SOUND_FORMAT_EX_HEADER << 4) | PACKET_TYPE[packet];
  for (let at = 1; at < HEADER_SIZE_BYTES; at++) {
    body[at] = OPUS_HEAD_MAGIC[at - 1] ?? 0;
  }
  body.set(payload, HEADER_SIZE_BYTES);
  return body;
}

/**
 * Reads the body of an Opus audio tag; the payload is a view on it.
 *
 * @throws FlvError when it is too short, without an ExAudioTagHeader, of another codec or of another packet type
 * (multichannel configuration, several tracks, extensions).
 * @see Enhanced RTMP v2, section Enhanced Audio
 */
export function parseOpusBody(body: Uint8Array): OpusBody {
  const [header = 0] = body;
  if (body.length < HEADER_SIZE_BYTES) throw new FlvError('an audio body is too short');
  const format = header >> 4;
  if (format !== SOUND_FORMAT_EX_HEADER) {
    throw new FlvError(`sound format ${format} names no codec`);
  }
  const fourCc = new DataView(body.buffer, body.byteOffset).getUint32(1);
  if (fourCc !== FOUR_CC_OPUS) throw new FlvError(`codec 0x${fourCc.toString(16)} is not Opus`);
  const payload = body.subarray(HEADER_SIZE_BYTES);
  const type = header & 0x0f;
  if (type === PACKET_TYPE.sequenceStart) return { packet: 'sequenceStart', payload };
  if (type === PACKET_TYPE.codedFrames) return { packet: 'codedFrames', payload };
  if (type === PACKET_TYPE.sequenceEnd) return { packet: 'sequenceEnd', payload };
  throw new FlvError(`audio packet type ${type} is not supported`);
}

/**
 * The tag that tells decoders that Opus packets follow: an identification header with its magic, mapping family 0, no gain,
 * nothing to skip (the stream begins with silence or in the midst of a call, and a skip would move it against a picture).
 *
 * @param channels What decoders shall put out; every packet says for itself what it holds.
 * @see RFC 7845 section 5.1
 */
export function opusSequenceStartTag(channels: 1 | 2, timestampMs: number): FlvTag {
  const head = new Uint8Array(OPUS_HEAD_SIZE_BYTES);
  head.set(OPUS_HEAD_MAGIC);
  head[8] = 1;
  head[9] = channels;
  // The fields of RFC 7845 are little-endian. Pre-skip, gain and mapping family stay 0.
  new DataView(head.buffer).setUint32(12, OPUS_INPUT_RATE_HZ, true);
  const body = buildOpusBody({ packet: 'sequenceStart', payload: head });
  return { kind: 'audio', timestampMs, body, isSequenceHeader: true };
}

/**
 * The tag of one Opus packet.
 *
 * @param packet As it travels in RTP (RFC 7587 section 4.2), of any length and number of frames.
 */
export function opusFrameTag(packet: Uint8Array, timestampMs: number): FlvTag {
  const body = buildOpusBody({ packet: 'codedFrames', payload: packet });
  return { kind: 'audio', timestampMs, body };
}
