import { OpusMissingError, loadOpusDecoders } from '#adapters/codec-opus-wasm';
import { SpeexMissingError, loadSpeexDecoders } from '#adapters/codec-speex-libav';
import { Fault } from '#domain';
import type { AudioCodec } from '#domain';
import type { Logger } from '#foundation';
import { createBuiltInDecoder } from '#media';
import type { AudioDecoderFactory } from '#media';

/** How this node decodes what peers send. */
export interface AudioDecoders {
  readonly create: AudioDecoderFactory;
  /** Codecs that cannot be decoded here, and what would have to be installed for each. */
  readonly missing: ReadonlyMap<AudioCodec, string>;
}

const LIBRARIES = [
  { codec: 'opus', load: loadOpusDecoders },
  { codec: 'speex', load: loadSpeexDecoders },
] as const;

/** Loads the decoders of this node, once; a codec whose library is not installed is told and done without. */
export function loadAudioDecoders(logger: Logger): AudioDecoders {
  const factories = [createBuiltInDecoder];
  const missing = new Map<AudioCodec, string>();
  for (const { codec, load } of LIBRARIES) {
    try {
      factories.push(load());
    } catch (error) {
      if (!(error instanceof OpusMissingError || error instanceof SpeexMissingError)) throw error;
      missing.set(codec, error.message);
      logger.warn('audio.codec_missing', { codec, detail: error.message });
    }
  }
  return { create: (format) => firstOf(factories, format), missing };
}

function firstOf(
  factories: readonly AudioDecoderFactory[],
  format: Parameters<AudioDecoderFactory>[0],
): ReturnType<AudioDecoderFactory> {
  for (const create of factories) {
    const decoder = create(format);
    if (decoder !== undefined) return decoder;
  }
  return undefined;
}

/** Of the codecs that a call asks for, those that can be decoded here. @throws Fault CODEC_MISSING when there is none. */
export function decodable(
  asked: readonly AudioCodec[],
  { missing }: Pick<AudioDecoders, 'missing'>,
): readonly AudioCodec[] {
  const codecs = asked.filter((codec) => !missing.has(codec));
  if (codecs.length > 0) return codecs;
  const detail = asked.map((codec) => missing.get(codec)).join('; ');
  throw new Fault('CODEC_MISSING', { detail });
}
