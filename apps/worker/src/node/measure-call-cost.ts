import { micros } from '#foundation';
import { createAudioPath } from '#media';
import type { AacEncoderFactory, AudioPath } from '#media';
import { PCMU } from '#protocol/g711';
import { RTP_HEADER_SIZE, buildRtpHeader } from '#protocol/rtp';

/** What a measurement works with. */
interface MeasureOptions {
  readonly createEncoder: AacEncoderFactory;
  /** Processor time that the process has used so far. */
  readonly cpuMicros: () => number;
}

const CLOCK_RATE = 8_000;
const PACKET_SAMPLES = 160;
const TICK_MICROS = 20_000;
const STREAM = {
  sourceRate: CLOCK_RATE,
  sampleRate: 44_100,
  channels: 1,
  bitrateKbps: 64,
} as const;
const FORMAT = { codec: 'PCMU', clockRate: CLOCK_RATE, channels: 1 } as const;
/** So many that one does not find in the processor's cache what it left there. */
const PATHS = 16;
/** Until the code that runs for every packet is compiled: a call's first packets cost ten times as much. */
const WARM_UP_TICKS = 600;
const ROUNDS = 5;
const ROUND_TICKS = 30;
/**
 * What a call takes beside its path, in cores: sockets, RTMP, the collector. Measured with 100 calls on a Xeon of 2.5 GHz
 * (`npm run bench -- capacity`); nearly all of it is Node's and the kernel's. How fast this machine is the load tells later.
 */
const CORES_BESIDE_PATH = 0.0018;

/** A call in the making: its path and the packet that it gets again and again. */
interface Rehearsal {
  readonly path: AudioPath;
  readonly datagram: Uint8Array;
}

/**
 * Runs the path of some calls as fast as it goes, packets in and AAC frames out, and tells what share of a core a call of
 * the plainest kind takes. Uses 0.3 s of processor time and keeps nothing.
 */
export function measureCoresPerCall({ createEncoder, cpuMicros }: MeasureOptions): number {
  const sound = likeSpeech();
  const calls = Array.from({ length: PATHS }, (_, ssrc) => rehearsal(createEncoder, ssrc));
  let ticks = 0;
  const run = (count: number): void => {
    for (const end = ticks + count; ticks < end; ticks++) beat(calls, sound, ticks);
  };
  run(WARM_UP_TICKS);
  const costs = Array.from({ length: ROUNDS }, () => {
    const before = cpuMicros();
    run(ROUND_TICKS);
    return (cpuMicros() - before) / (ROUND_TICKS * TICK_MICROS * PATHS);
  });
  for (const { path } of calls) path.end();
  return median(costs) + CORES_BESIDE_PATH;
}

function rehearsal(createEncoder: AacEncoderFactory, ssrc: number): Rehearsal {
  const path = createAudioPath({
    payloadTypes: new Map([[0, FORMAT]]),
    encoder: createEncoder(STREAM),
  });
  path.start();
  const datagram = new Uint8Array(RTP_HEADER_SIZE + PACKET_SAMPLES);
  buildRtpHeader({ payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc }, datagram);
  return { path, datagram };
}

/** 20 ms of all calls, in the order in which a worker does it. */
function beat(calls: readonly Rehearsal[], sound: Uint8Array, tick: number): void {
  const now = micros(tick * TICK_MICROS);
  const at = (tick * PACKET_SAMPLES) % sound.length;
  for (const { path, datagram } of calls) {
    const header = new DataView(datagram.buffer);
    header.setUint16(2, tick & 0xffff);
    header.setUint32(4, tick * PACKET_SAMPLES);
    datagram.set(sound.subarray(at, at + PACKET_SAMPLES), RTP_HEADER_SIZE);
    path.receive(datagram, now);
  }
  for (const { path } of calls) path.tick(now);
}

/** A second of noise that swells and fades like syllables, the same every time: silence would be too cheap to encode. */
function likeSpeech(): Uint8Array {
  let state = 1;
  const samples = Int16Array.from({ length: CLOCK_RATE }, (_, index) => {
    state = (state * 48_271) % 0x7fff_ffff;
    const loudness = Math.sin((index / CLOCK_RATE) * 8 * Math.PI) ** 2;
    const voice = Math.sin(index / 6) + Math.sin(index / 2.3) / 2;
    return loudness * (6000 * voice + 2000 * (state / 0x7fff_ffff - 0.5));
  });
  const codes = new Uint8Array(samples.length);
  PCMU.encode(samples, codes);
  return codes;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
