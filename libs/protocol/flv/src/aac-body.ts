import { takeBody } from './audio-body-pool.ts';
import { FlvError } from './flv-tag.ts';
import type { FlvTag } from './flv-tag.ts';

/**
 * SoundFormat 10 (AAC), SoundRate 3, SoundSize 1, SoundType 1. For AAC the document fixes the last three,
 * whatever the real rate and channels are.
 */
const AAC_HEADER = 0xaf;
const SOUND_FORMAT_AAC = 10;
const HEADER_SIZE_BYTES = 2;

/** AACPacketType. */
const PACKET_TYPE = { sequenceHeader: 0, raw: 1 } as const;

/** The AUDIODATA of an AAC stream, without its two header bytes. */
export interface AacBody {
  readonly packet: keyof typeof PACKET_TYPE;
  /** An AudioSpecificConfig or one raw AAC frame (no ADTS header). */
  readonly payload: Uint8Array;
}

/**
 * Writes the body of an AAC audio tag. Copies the payload once.
 *
 * ```text
 * 4 bits SoundFormat = 10, 2 bits SoundRate = 3, 1 bit SoundSize = 1, 1 bit SoundType = 1
 * 8 bits AACPacketType: 0 sequence header, 1 raw
 * payload
 * ```
 *
 * @see Adobe Flash Video File Format 10.1 section E.4.2
 */
export function buildAacBody({ packet, payload }: AacBody): Uint8Array {
  const size = HEADER_SIZE_BYTES + payload.length;
  const body = takeBody(size);
  body[0] = AAC_HEADER;
  body[1] = PACKET_TYPE[packet];
  body.set(payload, HEADER_SIZE_BYTES);
  return body;
}

/**
 * Reads the body of an AAC audio tag; the payload is a view on it.
 *
 * @throws FlvError when it is too short, not AAC or of an unknown packet type.
 * @see Adobe Flash Video File Format 10.1 section E.4.2
 */
export function parseAacBody(body: Uint8Array): AacBody {
  const [header, type] = body;
  if (header === undefined || type === undefined) throw new FlvError('an audio body is too short');
  const format = header >> 4;
  if (format !== SOUND_FORMAT_AAC) throw new FlvError(`sound format ${format} is not AAC`);
  const payload = body.subarray(HEADER_SIZE_BYTES);
  if (type === PACKET_TYPE.sequenceHeader) return { packet: 'sequenceHeader', payload };
  if (type === PACKET_TYPE.raw) return { packet: 'raw', payload };
  throw new FlvError(`AAC packet type ${type} is unknown`);
}

/**
 * The tag that tells decoders what the AAC frames behind it are.
 *
 * @param audioSpecificConfig ISO/IEC 14496-3 section 1.6.2.1.
 */
export function aacSequenceHeaderTag(audioSpecificConfig: Uint8Array, timestampMs: number): FlvTag {
  const body = buildAacBody({ packet: 'sequenceHeader', payload: audioSpecificConfig });
  return { kind: 'audio', timestampMs, body, isSequenceHeader: true };
}

/**
 * The tag of one AAC frame.
 *
 * @param frame A raw data block without ADTS header.
 */
export function aacFrameTag(frame: Uint8Array, timestampMs: number): FlvTag {
  return { kind: 'audio', timestampMs, body: buildAacBody({ packet: 'raw', payload: frame }) };
}
