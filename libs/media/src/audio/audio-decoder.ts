import { PCMA, PCMU } from '#protocol/g711';
import type { G711Law } from '#protocol/g711';
import type { AudioFormat } from './audio-format.ts';

/** Turns the payloads of one stream into samples. May remember what it has decoded; belongs to one path. */
export interface AudioDecoder {
  /** As it stands in the description of a path. */
  readonly name: string;
  /** RTP clock in Hz; 0 for payloads that are never heard: they have no time of their own. */
  readonly clockRate: number;
  /** Samples per second and channel of what it decodes. */
  readonly sampleRate: number;
  /** Channels of what it decodes; two are interleaved. */
  readonly channels: 1 | 2;
  /** What a payload decodes to does not depend on the ones before it: it may be decoded ahead of its turn. */
  readonly isStateless?: boolean;
  /** Payloads are Opus packets (RFC 7587 section 4.2): they may be passed on as they are. */
  readonly isOpus?: boolean;
  /** How long the sound of a payload lasts, in units of the RTP clock; 0 for what is never heard or cannot be decoded. */
  duration(bytes: Uint8Array, offset: number, length: number): number;
  /**
   * Writes the samples of a payload to the front of `out`. Never throws for bad payloads.
   *
   * @param out Takes at least what `duration` has announced.
   * @returns Samples per channel; 0 when the payload cannot be decoded.
   */
  decode(payload: Uint8Array, out: Int16Array): number;
  /**
   * The codec's own concealment; a decoder without it is concealed by the path.
   *
   * @param out Takes `sampleCount` samples of each channel.
   * @param sampleCount Samples per channel that are missing.
   * @param next The payload right behind the hole, if it has come: it may hold what was lost (Opus in-band FEC).
   */
  conceal?(out: Int16Array, sampleCount: number, next: Uint8Array | undefined): void;
  /** What follows has nothing to do with what was before. */
  reset(): void;
  /** Frees what it holds; may be called twice. A closed decoder decodes nothing. */
  close(): void;
}

/** Makes a decoder for one path, or undefined for a format that it does not know. */
export type AudioDecoderFactory = (format: AudioFormat) => AudioDecoder | undefined;

/** The decoder of payloads that are never heard. */
export const inaudible: AudioDecoder = {
  name: 'inaudible',
  clockRate: 0,
  sampleRate: 0,
  channels: 1,
  duration: () => 0,
  decode: () => 0,
  reset: () => undefined,
  close: () => undefined,
};

/** The decoder of comfort noise: it is not heard in its turn, but in the pause behind it. */
export const comfortNoiseAnnouncement: AudioDecoder = { ...inaudible, name: 'noise' };

/** The decoder of G.711 mu-law. */
export const PCMU_DECODER = g711Decoder('pcmu', PCMU);
/** The decoder of G.711 A-law. */
export const PCMA_DECODER = g711Decoder('pcma', PCMA);

/** G.711 remembers nothing: one decoder serves all paths. */
function g711Decoder(name: string, law: G711Law): AudioDecoder {
  return {
    name,
    clockRate: 8000,
    sampleRate: 8000,
    channels: 1,
    isStateless: true,
    duration: (_bytes, _offset, length) => length,
    decode: (payload, out) => {
      law.decode(payload, out);
      return payload.length;
    },
    reset: () => undefined,
    close: () => undefined,
  };
}
