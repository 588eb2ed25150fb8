/** What a payload type was agreed to carry (RFC 8866 section 6.6, `a=rtpmap`). */
export interface AudioFormat {
  /**
   * The codec by its SDP encoding name; `CN` is comfort noise (RFC 3389). `inaudible` is for payloads that belong to the
   * stream but not to the sound (telephone events): they keep the sequence complete and take no time.
   */
  readonly codec: 'PCMU' | 'PCMA' | 'G722' | 'L16' | 'opus' | 'speex' | 'CN' | 'inaudible';
  /** RTP clock in Hz; not always the sample rate (RFC 3551 section 4.5.2). */
  readonly clockRate: number;
  /** How many are to be decoded. */
  readonly channels: 1 | 2;
}

/** Samples per second and channel that a format is decoded to. */
export const soundRateOf = ({ codec, clockRate }: AudioFormat): number =>
  codec === 'G722' ? 16_000 : clockRate;

/** Payloads that are never heard. */
export const INAUDIBLE: AudioFormat = { codec: 'inaudible', clockRate: 8000, channels: 1 };
