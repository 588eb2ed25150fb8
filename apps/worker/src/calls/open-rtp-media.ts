import type { Clock, RandomSource } from '#foundation';
import { Fault } from '#domain';
import type { CallSpec } from '#domain';
import { NoRtpPortsError } from '#adapters/udp-node';
import { INAUDIBLE, createAudioPath, soundRateOf } from '#media';
import { OPUS_CODEC_ID } from '#protocol/flv';
import type { AacEncoderFactory, AudioFormat, AudioPath, JitterRange, Metronome } from '#media';
import { OPUS_RATE } from '#protocol/opus';
import { decodable } from '../audio-decoders.ts';
import type { AudioDecoders } from '../audio-decoders.ts';
import { encodingOf } from './encoding-of.ts';
import type { ResolveMediaHost } from './media-host.ts';
import { familyOf, networkFor } from './media-network.ts';
import type { MediaNetwork } from './media-network.ts';
import type { CallMedia, OpenMedia } from './ports.ts';
import { RtpMedia } from './rtp-media.ts';

/** What the media of all calls share. */
export interface MediaTools {
  /** One, or one of each IP version, the preferred one first. */
  readonly networks: readonly MediaNetwork[];
  /** How long packets may be made to wait in the jitter buffer. */
  readonly jitter: JitterRange;
  readonly createEncoder: AacEncoderFactory;
  /** Finds the address that a host name in the SDP of a peer stands for. */
  readonly resolveHost: ResolveMediaHost;
  readonly decoders: AudioDecoders;
  readonly metronome: Metronome;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** `SoundFormat` of AAC (Adobe FLV 10.1 section E.4.2.1). */
const AAC_CODEC_ID = 10;

/** Binds ports for a leg, now; builds its path when it is answered. */
export const openRtpMedia =
  (tools: MediaTools): OpenMedia =>
  async (spec) => {
    const codecs = decodable(spec.media.audio.codecs, tools.decoders);
    const network = networkFor(spec, tools.networks);
    try {
      const ports = await network.ports.bindPair();
      return new RtpMedia({
        ...tools,
        ports,
        address: network.address,
        codecs,
        metadata: metadataOf(spec),
        opusMetadata: opusMetadataOf(spec),
        resolveHost: (name) => tools.resolveHost(name, familyOf(network.address)),
        openPath: (payloadTypes) => openPath(spec, tools, payloadTypes),
      });
    } catch (error) {
      const detail = error instanceof NoRtpPortsError ? error.message : 'no RTP port can be bound';
      throw new Fault('MEDIA_FAILED', { detail, cause: error });
    }
  };

/** Facts for `onMetaData`. */
function metadataOf({ media }: CallSpec): CallMedia['metadata'] {
  const { sampleRate, channels = 1, bitrateKbps } = media.audio;
  return {
    audiocodecid: AAC_CODEC_ID,
    audiosamplerate: sampleRate,
    audiosamplesize: 16,
    audiodatarate: bitrateKbps,
    audiochannels: channels,
    stereo: channels === 2,
    encoder: 'Callcast',
  };
}

/** The same for Opus, whose rate is always counted as 48 kHz; how many bits it takes is the callee's choice. */
function opusMetadataOf({ media }: CallSpec): CallMedia['metadata'] {
  const { channels = 1 } = media.audio;
  return {
    audiocodecid: OPUS_CODEC_ID,
    audiosamplerate: OPUS_RATE,
    audiochannels: channels,
    stereo: channels === 2,
    encoder: 'Callcast',
  };
}

function openPath(
  { media }: CallSpec,
  { createEncoder, decoders, jitter }: MediaTools,
  payloadTypes: ReadonlyMap<number, AudioFormat>,
): AudioPath {
  const [first = INAUDIBLE] = payloadTypes.values();
  return createAudioPath({
    payloadTypes,
    createDecoder: decoders.create,
    jitter,
    passthrough: media.audio.passthrough ?? false,
    // The rate of the path for its whole life, whatever is agreed later.
    encoder: createEncoder(encodingOf(media, soundRateOf(first))),
  });
}
