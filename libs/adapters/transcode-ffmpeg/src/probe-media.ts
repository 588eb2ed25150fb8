import ffmpeg from 'fluent-ffmpeg';
import type { FfprobeData } from 'fluent-ffmpeg';

/** What ffprobe finds in a file or stream. */
export interface MediaProbe {
  readonly container: string;
  /** Duration of the whole, in seconds; undefined when the container does not say. */
  readonly durationSec: number | undefined;
  readonly audio: AudioProbe | undefined;
}

/** The first audio stream. */
export interface AudioProbe {
  readonly codec: string;
  /** For AAC: `LC`. */
  readonly profile: string;
  readonly sampleRate: number;
  readonly channels: number;
}

/** ffmpeg was not there, or could not read what it was given. */
export class TranscodeError extends Error {
  override readonly name = 'TranscodeError';

  /** Whether it is the program that is missing. */
  get isProgramMissing(): boolean {
    return this.cause instanceof Error && /^Cannot find ff(?:mpeg|probe)$/.test(this.cause.message);
  }
}

/**
 * Asks ffprobe what a file holds.
 * @throws TranscodeError when it cannot be read.
 */
export async function probeMedia(path: string): Promise<MediaProbe> {
  const data = await new Promise<FfprobeData>((resolve, reject) => {
    ffmpeg.ffprobe(path, (error: unknown, found) => {
      if (error === null || error === undefined) resolve(found);
      else reject(new TranscodeError(`ffprobe cannot read ${path}`, { cause: error }));
    });
  });
  return toProbe(data);
}

function toProbe({ format, streams }: FfprobeData): MediaProbe {
  const audio = streams.find((stream) => stream.codec_type === 'audio');
  return {
    container: format.format_name ?? '',
    durationSec: typeof format.duration === 'number' ? format.duration : undefined,
    audio:
      audio === undefined
        ? undefined
        : {
            codec: audio.codec_name ?? '',
            profile: String(audio.profile ?? ''),
            sampleRate: audio.sample_rate ?? 0,
            channels: audio.channels ?? 0,
          },
  };
}
