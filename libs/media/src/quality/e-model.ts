/** What a listener's quality is estimated from. */
export interface Transmission {
  /** Encoding name as in SDP, in any case. */
  readonly codec: string;
  /** Packets whose turn came without them, lost or late, in percent of those expected. */
  readonly lossPercent: number;
  /** Mean length of a run of such packets, over the mean length if they were lost at random. 1 or more. */
  readonly burstRatio: number;
  /** From mouth to ear, one way. */
  readonly delayMs: number;
}

interface Impairment {
  /** Equipment impairment factor Ie: what the codec costs when nothing is lost. */
  readonly ie: number;
  /** Packet-loss robustness factor Bpl: the higher, the less a lost packet is heard. */
  readonly bpl: number;
}

/** G.113 Appendix I: G.711 with its packet loss concealment, random loss. */
const WAVEFORM: Impairment = { ie: 0, bpl: 25.1 };
/** G.113 Appendix I: G.729A with VAD. */
const CELP: Impairment = { ie: 11, bpl: 19 };

/*
 * One narrowband scale for all, so that calls can be compared: what a wideband codec adds is not shown, and 4.41
 * is the most there is. (On the wideband scale of G.107.1, which ends at 129, clean G.711 would be a 3.7.)
 * Only the values of G.711 are published for this scale. The others are approximations of ours: L16 conceals as
 * G.711 does; G.722 and Opus lose nothing against it while all packets come and then recover like a codec with a
 * memory; Speex is taken for a CELP codec of the age of G.729A.
 */
const IMPAIRMENTS: ReadonlyMap<string, Impairment> = new Map([
  ['PCMU', WAVEFORM],
  ['PCMA', WAVEFORM],
  ['L16', WAVEFORM],
  ['G722', { ie: 0, bpl: CELP.bpl }],
  ['OPUS', { ie: 0, bpl: CELP.bpl }],
  ['SPEEX', CELP],
]);

/** Ro - Is of G.107 with all its defaults: a telephone call without any fault. */
const BEST_RATING = 93.2;
/** Highest Ie,eff: nothing is left of the speech. */
const WORST_IMPAIRMENT = 95;
/** Delay that nobody notices: mT of G.107 with its default. */
const UNNOTICED_DELAY_MS = 100;

/**
 * The rating R of the E-model, 0 (unusable) to 93.2 (as good as a telephone gets).
 *
 * @remarks R = 93.2 - Idd - Ie,eff, with Ie,eff = Ie + (95 - Ie) * Ppl / (Ppl / BurstR + Bpl). All that G.107
 * knows besides stands at its default; there is no echo (Idte = Idle = 0), since we send silence.
 * @see ITU-T G.107 sections 7.1, 7.4 (equation 7-27) and 7.5 (equation 7-29), ITU-T G.113 Appendix I
 */
export function ratingOf({ codec, lossPercent, burstRatio, delayMs }: Transmission): number {
  const { ie, bpl } = IMPAIRMENTS.get(codec.toUpperCase()) ?? CELP;
  const equipment =
    ie + ((WORST_IMPAIRMENT - ie) * lossPercent) / (lossPercent / Math.max(1, burstRatio) + bpl);
  return Math.max(0, BEST_RATING - delayImpairment(delayMs) - equipment);
}

/**
 * The mean opinion score that belongs to a rating, 1 (bad) to 4.5 (excellent).
 *
 * @see ITU-T G.107 Annex B
 */
export function mosOf(rating: number): number {
  if (rating >= 100) return 4.5;
  const mos = 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6;
  return Math.max(1, mos);
}

/** Idd: what a delay costs that is too long for a conversation. */
function delayImpairment(delayMs: number): number {
  if (delayMs <= UNNOTICED_DELAY_MS) return 0;
  const x = Math.log2(delayMs / UNNOTICED_DELAY_MS);
  const root = (value: number): number => (1 + value ** 6) ** (1 / 6);
  return 25 * (root(x) - 3 * root(x / 3) + 2);
}
