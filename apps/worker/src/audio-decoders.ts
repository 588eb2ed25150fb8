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
  /** What would have to be installed for a codec that cannot be decoded here; undefined for one that can. */
  readonly missing: (codec: AudioCodec) => string | undefined;
}

/** What decodes one codec, or why it cannot be had. */
type Outcome = { readonly create: AudioDecoderFactory } | { readonly missing: string };

const LIBRARIES = new Map<AudioCodec, () => AudioDecoderFactory>([
  ['opus', loadOpusDecoders],
  ['speex', loadSpeexDecoders],
]);

/**
 * The decoders of this node. A library is loaded when the first call asks for its codec: that of Speex takes 34 MB, which
 * most nodes never need. One that is not installed is told in the log and done without.
 */
export function openAudioDecoders(logger: Logger): AudioDecoders {
  const outcomes = new Map<AudioCodec, Outcome>();
  const outcomeOf = (codec: AudioCodec, load: () => AudioDecoderFactory): Outcome => {
    const outcome = outcomes.get(codec) ?? tried(load);
    if (!outcomes.has(codec) && 'missing' in outcome) {
      logger.warn('audio.codec_missing', { codec, detail: outcome.missing });
    }
    outcomes.set(codec, outcome);
    return outcome;
  };
  return {
    create: (format) => {
      const found = [...LIBRARIES].find(([codec]) => codec === format.codec);
      if (found === undefined) return createBuiltInDecoder(format);
      const outcome = outcomeOf(...found);
      return 'create' in outcome ? outcome.create(format) : undefined;
    },
    missing: (codec) => {
      const load = LIBRARIES.get(codec);
      const outcome = load && outcomeOf(codec, load);
      return outcome !== undefined && 'missing' in outcome ? outcome.missing : undefined;
    },
  };
}

function tried(load: () => AudioDecoderFactory): Outcome {
  try {
    return { create: load() };
  } catch (error) {
    if (!(error instanceof OpusMissingError || error instanceof SpeexMissingError)) throw error;
    return { missing: error.message };
  }
}

/** Of the codecs that a call asks for, those that can be decoded here. @throws Fault CODEC_MISSING when there is none. */
export function decodable(
  asked: readonly AudioCodec[],
  { missing }: Pick<AudioDecoders, 'missing'>,
): readonly AudioCodec[] {
  const codecs = asked.filter((codec) => missing(codec) === undefined);
  if (codecs.length > 0) return codecs;
  const detail = asked.map(missing).join('; ');
  throw new Fault('CODEC_MISSING', { detail });
}
