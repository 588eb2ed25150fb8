import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { AudioStats, CallId, CallStats, LiveFigures } from '#domain';
import type { FiguresHearer } from './figures-desk.ts';

/** Codecs with figures of their own, spelled as everywhere; whatever else a peer may agree to counts as `other`. */
const CODECS = ['PCMU', 'PCMA', 'G722', 'opus', 'speex', 'L16'] as const;
/** A call is observed in the histograms once per so many seconds. */
const OBSERVED_EVERY = 10;

/** Counters of the packets that were heard, by codec. */
const AUDIO_COUNTERS = {
  packets: ['callcast_rtp_packets_total', 'RTP packets accepted.', 1],
  lost: ['callcast_rtp_lost_packets_total', 'RTP packets that did not come.', 1],
  late: ['callcast_rtp_late_packets_total', 'RTP packets that came after their turn.', 1],
  duplicates: ['callcast_rtp_duplicate_packets_total', 'RTP packets that came twice.', 1],
  concealedMs: ['callcast_concealed_seconds_total', 'Sound invented for lost packets.', 1 / 1000],
  silenceMs: ['callcast_silence_seconds_total', 'Silence for want of packets.', 1 / 1000],
} as const satisfies Partial<Record<keyof AudioStats, readonly [string, string, number]>>;

const REFUSED = {
  malformed: 'malformed',
  unknownPayload: 'unknown_payload',
  otherSource: 'other_source',
  otherAddress: 'other_address',
  srtp: 'srtp',
} as const satisfies Record<keyof CallStats['refused'], string>;

const OUTPUT_COUNTERS = {
  bytes: ['callcast_rtmp_bytes_total', 'Bytes sent to RTMP servers.'],
  droppedTags: ['callcast_rtmp_dropped_tags_total', 'Tags dropped for slow RTMP servers.'],
  reconnects: ['callcast_rtmp_reconnects_total', 'Connections to RTMP servers after the first.'],
} as const;

/** What is known of a call since the second before. */
interface Known {
  readonly stats: CallStats;
  readonly epoch: number;
  readonly seconds: number;
}

/**
 * Figures of all calls together. Every label has a fixed set of values: no call, peer or server has a series of its own.
 * Counters take in what a second has added; a call's last part of a second is not counted.
 */
export class CallMetrics implements FiguresHearer {
  readonly #registry: Registry;
  readonly #audio: ReadonlyMap<keyof typeof AUDIO_COUNTERS, Counter<'codec'>>;
  readonly #outputs: ReadonlyMap<keyof typeof OUTPUT_COUNTERS, Counter>;
  readonly #refused: Counter<'reason'>;
  readonly #onAir: Gauge<'codec'>;
  readonly #jitter: Histogram;
  readonly #buffer: Histogram;
  readonly #mos: Histogram;
  readonly #level: Histogram;
  #known = new Map<CallId, Known>();
  /**
   * What the counters are still to take in, by label. Below zero for a while when a packet that was lost turns out to
   * be late: counters cannot go back.
   */
  readonly #owed = new Map<Counter, Map<string, number>>();

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#audio = new Map(
      keysOf(AUDIO_COUNTERS).map((key) => {
        const [name, help] = AUDIO_COUNTERS[key];
        return [key, this.#counter(name, help, 'codec')];
      }),
    );
    this.#outputs = new Map(
      keysOf(OUTPUT_COUNTERS).map((key) => {
        const [name, help] = OUTPUT_COUNTERS[key];
        return [key, this.#counter(name, help)];
      }),
    );
    this.#refused = this.#counter(
      'callcast_rtp_refused_packets_total',
      'Packets at the ports of calls that were dropped.',
      'reason',
    );
    this.#onAir = new Gauge({
      name: 'callcast_media_calls',
      help: 'Calls of this node whose media runs, by codec.',
      labelNames: ['codec'],
      registers: [registry],
    });
    this.#jitter = this.#histogram(
      'callcast_jitter_seconds',
      'Interarrival jitter, of each call every 10 s.',
      [0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32],
    );
    this.#buffer = this.#histogram(
      'callcast_jitter_buffer_seconds',
      'Delay of the jitter buffer, of each call every 10 s.',
      [0.02, 0.04, 0.06, 0.08, 0.12, 0.16, 0.2, 0.3, 0.5],
    );
    this.#mos = this.#histogram(
      'callcast_mos',
      'Estimated mean opinion score, of each call every 10 s.',
      [1.5, 2, 2.5, 3, 3.25, 3.5, 3.75, 4, 4.1, 4.2, 4.3, 4.4],
    );
    this.#level = this.#histogram(
      'callcast_level_dbfs',
      'Loudness on air, of each call every 10 s.',
      [-120, -60, -50, -40, -35, -30, -25, -20, -15, -10, -5],
    );
  }

  hear(figures: readonly LiveFigures[]): void {
    const onAir = new Map<string, number>();
    const known = new Map<CallId, Known>();
    for (const { callId, epoch, stats } of figures) {
      const last = this.#known.get(callId);
      const before = last?.epoch === epoch ? last : undefined;
      const seconds = (before?.seconds ?? 0) + 1;
      known.set(callId, { stats, epoch, seconds });
      const codec = codecOf(stats.audio);
      onAir.set(codec, (onAir.get(codec) ?? 0) + 1);
      this.#addUp(stats, before?.stats);
      if (seconds % OBSERVED_EVERY === 0) this.#observe(stats.audio);
    }
    this.#known = known;
    this.#settle();
    this.#onAir.reset();
    for (const [codec, count] of onAir) this.#onAir.set({ codec }, count);
  }

  #addUp(now: CallStats, before: CallStats | undefined): void {
    const codec = codecOf(now.audio);
    for (const [key, counter] of this.#audio) {
      const [, , unit] = AUDIO_COUNTERS[key];
      this.#owe(counter, codec, (now.audio[key] - (before?.audio[key] ?? 0)) * unit);
    }
    for (const key of keysOf(REFUSED)) {
      this.#owe(this.#refused, REFUSED[key], now.refused[key] - (before?.refused[key] ?? 0));
    }
    for (const [key, counter] of this.#outputs) {
      for (const output of now.outputs) {
        const last = before?.outputs.find(({ id }) => id === output.id);
        this.#owe(counter, '', output[key] - (last?.[key] ?? 0));
      }
    }
  }

  #owe(counter: Counter, label: string, amount: number): void {
    const byLabel = this.#owed.get(counter) ?? new Map<string, number>();
    byLabel.set(label, (byLabel.get(label) ?? 0) + amount);
    this.#owed.set(counter, byLabel);
  }

  #settle(): void {
    for (const [counter, byLabel] of this.#owed) {
      for (const [label, owed] of byLabel) {
        if (owed < 0) continue;
        if (label === '') counter.inc(owed);
        else counter.labels(label).inc(owed);
        byLabel.set(label, 0);
      }
    }
  }

  #observe({ jitterMs, bufferMs, mos, levelDbfs }: AudioStats): void {
    this.#jitter.observe(jitterMs / 1000);
    this.#buffer.observe(bufferMs / 1000);
    this.#level.observe(levelDbfs);
    if (mos !== null) this.#mos.observe(mos);
  }

  #counter<Label extends string>(name: string, help: string, label?: Label): Counter<Label> {
    const labelNames = label === undefined ? [] : [label];
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.#registry] });
  }
}

function keysOf<T extends object>(table: T): (keyof T)[] {
  return Object.keys(table) as (keyof T)[];
}

function codecOf({ codec }: AudioStats): string {
  const name = codec.toLowerCase();
  return CODECS.find((known) => known.toLowerCase() === name) ?? 'other';
}
