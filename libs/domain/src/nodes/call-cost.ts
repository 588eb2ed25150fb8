import type { CallSpec } from '../calls/call-spec.ts';
import { CPU_BUDGET_CORES } from './overload-gate.ts';

/** Share of the plainest call (PCMU to AAC at 44.1 kHz, one channel, one output) that is spent on encoding. */
const ENCODING_SHARE = 0.6;
const PLAIN_SAMPLE_RATE = 44_100;
/** What decoding takes beyond PCMU, in cost units, by encoding name in lower case. */
const DECODING_UNITS: Readonly<Record<string, number>> = {
  pcmu: 0,
  pcma: 0,
  l16: 0.1,
  g722: 0.3,
  speex: 0.5,
  opus: 0.5,
};
/** For codecs that are not in the table. */
const UNKNOWN_DECODING_UNITS = 0.5;
/** Opening packets with AES and SHA-1. */
const SRTP_UNITS = 0.15;
/** Sending the same stream once more. */
const OUTPUT_UNITS = 0.15;
const MAX_CAPACITY = 10_000;

/**
 * What a call costs its node, in units of the plainest call, taken from what it asks for: the codec that it prefers and the
 * stream that it makes.
 *
 * @param outputs How many there are.
 */
export function costOfCall(
  { media: { audio, srtp = 'off' } }: Pick<CallSpec, 'media'>,
  outputs: number,
): number {
  const codec = audio.codecs[0]?.toLowerCase() ?? 'pcmu';
  const decoding = DECODING_UNITS[codec] ?? UNKNOWN_DECODING_UNITS;
  const channels = 'channels' in audio && audio.channels === 2 ? 2 : 1;
  const encoding = ENCODING_SHARE * (audio.sampleRate / PLAIN_SAMPLE_RATE) * channels;
  const cipher = srtp === 'off' ? 0 : SRTP_UNITS;
  const sending = Math.max(0, outputs - 1) * OUTPUT_UNITS;
  return 1 - ENCODING_SHARE + decoding + encoding + cipher + sending;
}

/**
 * How many of the plainest calls a node may hold when one takes so much of a core: 1 to 10,000.
 *
 * @param coresPerCall 1 is a whole core.
 */
export function capacityFor(coresPerCall: number): number {
  const calls = Math.floor(CPU_BUDGET_CORES / coresPerCall);
  return Number.isNaN(calls) ? 1 : Math.min(MAX_CAPACITY, Math.max(1, calls));
}
