import type { AudioStats } from '#domain';
import { QualityMeter } from '#media';
import type { AudioPath, AudioPathStats } from '#media';
import type { MediaStats } from './ports.ts';

/** Where the figures of a leg come from. */
export interface FigureSources {
  readonly path: AudioPathStats;
  readonly loudness: Pick<AudioPath['loudness'], 'peakDbfs' | 'clippedShare'>;
  /** Encoding name. */
  readonly codec: string;
  readonly roundTripMs: number | undefined;
}

/** Packets that were dropped before the path saw them. */
interface RefusedBefore {
  readonly otherAddress: number;
  readonly srtp: number;
}

const TICKS_PER_SAMPLE = 50;

/** Puts together the figures of one leg, and estimates once a second how it sounds. */
export class MediaFigures {
  readonly #quality = new QualityMeter();
  #ticks = 0;

  /** Called for every 20 ms; says when a second is over and a measurement is due. */
  tick(): boolean {
    this.#ticks += 1;
    return this.#ticks % TICKS_PER_SAMPLE === 0;
  }

  /** Goes on with the estimate. */
  measure({ path, codec, roundTripMs }: FigureSources): void {
    this.#quality.measure({ stats: path, codec, roundTripMs });
  }

  /** The figures of now. */
  take(
    { path, loudness, codec, roundTripMs }: FigureSources,
    { otherAddress, srtp }: RefusedBefore,
  ): MediaStats {
    const audio: AudioStats = {
      codec,
      packets: path.packets,
      bytes: path.bytes,
      lost: path.lost,
      late: path.late,
      duplicates: path.duplicates,
      reordered: path.reordered,
      overflowed: path.overflowed,
      restarts: path.restarts,
      concealedMs: Math.round(path.concealedMs),
      silenceMs: Math.round(path.silenceMs),
      jitterMs: rounded(path.jitterMs, 100),
      bufferMs: rounded(path.bufferMs, 10),
      driftPpm: rounded(path.driftPpm, 10),
      levelDbfs: rounded(path.levelDbfs, 10),
      peakDbfs: rounded(loudness.peakDbfs, 10),
      clippedShare: rounded(loudness.clippedShare, 1000),
      roundTripMs: known(roundTripMs, 10),
      mos: known(this.#quality.mos, 100),
      averageMos: known(this.#quality.averageMos, 100),
      lowestMos: known(this.#quality.lowestMos, 100),
    };
    const { malformed, unknownPayload, foreignSource: otherSource } = path;
    return { audio, refused: { malformed, unknownPayload, otherSource, otherAddress, srtp } };
  }
}

/** Short in JSON. */
const rounded = (value: number, steps: number): number => Math.round(value * steps) / steps;

const known = (value: number | undefined, steps: number): number | null =>
  value === undefined ? null : rounded(value, steps);
