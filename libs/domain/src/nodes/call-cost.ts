import type { CallSpec } from '../calls/call-spec.ts';
import { CPU_BUDGET_CORES } from './overload-gate.ts';

/**
 * Cost units: the plainest call (PCMU to AAC, one channel, one output) is 1, some 38 us of a core for every 20 ms. Measured
 * with our own encoder; with dearer ones a call differs less from the plainest.
 */
const ENCODING_UNITS = 0.11;
/**
 * The encoder's work grows with the band of the sound, not with the rate of the stream: of PCMU it is 1, by encoding name in
 * lower case.
 */
const BAND_WORK: Readonly<Record<string, number>> = { g722: 1.3, speex: 1.3, l16: 1.6, opus: 1.6 };
/** What decoding takes beyond PCMU, by encoding name in lower case. */
const DECODING_UNITS: Readonly<Record<string, number>> = {
  pcmu: 0,
  pcma: 0,
  l16: 0.1,
  g722: 1,
  speex: 0.4,
  opus: 0.9,
};
/** For codecs that are not in the tables. */
const UNKNOWN_DECODING_UNITS = 1;
const UNKNOWN_BAND_WORK = 1.6;
/** Opening packets with AES and SHA-1. */
const SRTP_UNITS = 0.4;
/** Sending the same stream once more. */
const OUTPUT_UNITS = 0.3;
const MAX_CAPACITY = 10_000;

/**
 * What a call costs its node, in units of the plainest call, taken from what it asks for: the codec that it prefers and the
 * channels that it makes.
 *
 * @param outputs How many there are.
 */
export function costOfCall(
  { media: { audio, srtp = 'off' } }: Pick<CallSpec, 'media'>,
  outputs: number,
): number {
  const codec = audio.codecs[0]?.toLowerCase() ?? 'pcmu';
  const decoding = DECODING_UNITS[codec] ?? UNKNOWN_DECODING_UNITS;
  const isTelephone = codec === 'pcmu' || codec === 'pcma';
  const band = isTelephone ? 1 : (BAND_WORK[codec] ?? UNKNOWN_BAND_WORK);
  const encoding = ENCODING_UNITS * (band * (audio.channels ?? 1) - 1);
  const cipher = srtp === 'off' ? 0 : SRTP_UNITS;
  const sending = Math.max(0, outputs - 1) * OUTPUT_UNITS;
  return 1 + decoding + encoding + cipher + sending;
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
