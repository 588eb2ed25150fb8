/**
 * Makes AAC-LC frames of a call's audio: the port that encoders implement. One encoder per call, synchronous,
 * used by one path only.
 */
export interface AacEncoder {
  /** What decoders need before the first frame (ISO/IEC 14496-3 section 1.6.2.1). */
  readonly audioSpecificConfig: Uint8Array;
  /** Samples per second of the frames. */
  readonly sampleRate: number;
  /** Samples in one frame, at `sampleRate`. */
  readonly frameSamples: 1024;
  /** Samples of the source per second and channel: what `encode` takes. */
  readonly sourceRate: number;
  /** Of what `encode` takes and of the frames. */
  readonly channels: 1 | 2;
  /** Samples at the front of the first frames that belong to no input, at `sampleRate`. */
  readonly primingSamples: number;
  /**
   * Takes audio of any length, two channels interleaved and both whole, and hands over the frames that became complete.
   * @param onFrame Called with each raw frame (no ADTS header); the frame is lent.
   */
  encode(pcm: Int16Array, onFrame: (frame: Uint8Array) => void): void;
  /** Hands over what is left; nothing may be encoded after it. */
  flush(onFrame: (frame: Uint8Array) => void): void;
  /** Frees the encoder; may be called twice. */
  close(): void;
  /** `libav 8000>44100 64kb/s`. */
  describe(): string;
}

/** Settings of an encoder. */
export interface AacEncoderOptions {
  /** Samples per second of the PCM given. */
  readonly sourceRate: number;
  /** Samples per second of the stream. Platforms want 44100 or 48000. */
  readonly sampleRate: number;
  /** Of the PCM given and of the stream. */
  readonly channels: 1 | 2;
  /** 16 to 256. */
  readonly bitrateKbps: number;
  /**
   * Whether attacks may be coded in blocks of 128 samples, which costs a frame of delay: pays for music and for 32 kb/s per
   * channel or less. A hint: encoders that decide by themselves ignore it. Default: no.
   */
  readonly shortBlocks?: boolean;
  /**
   * Whether the stream is filled up to its rate when the sound needs less. A hint: some encoders only hold the average.
   * Default: no.
   */
  readonly constantRate?: boolean;
}

/** Makes encoders. */
export type AacEncoderFactory = (options: AacEncoderOptions) => AacEncoder;
