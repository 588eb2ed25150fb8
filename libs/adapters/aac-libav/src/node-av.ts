// The parts of node-av that are used, described here: the package is optional, and this has to compile without it.

/** A native object that has to be told to take memory, and to give it back. */
interface Held {
  alloc(): void;
  free(): void;
}

/** What the library knows of a coder. */
type Codec = object;
/** Its first channels and how many they are. */
type ChannelLayout = object;
/** How samples are laid out in memory. */
type SampleFormat = number;

/** An encoder. Calls return negative numbers for errors. */
export interface CodecContext {
  sampleRate: number;
  sampleFormat: SampleFormat;
  channelLayout: ChannelLayout;
  bitRate: bigint;
  timeBase: object;
  profile: number;
  threadCount: number;
  allocContext3(codec: Codec): void;
  setOption(name: string, value: string): number;
  open2Sync(codec: Codec): number;
  sendFrameSync(frame: Frame | null): number;
  receivePacketSync(packet: Packet): number;
  freeContext(): void;
}

/** Sound on its way in. */
export interface Frame extends Held {
  format: SampleFormat;
  sampleRate: number;
  channelLayout: ChannelLayout;
  nbSamples: number;
  readonly data: Buffer[] | null;
  getBuffer(): number;
}

/** What an encoder has made. */
export interface Packet extends Held {
  readonly data: Buffer | null;
}

/** A resampler. */
export interface SoftwareResampleContext {
  allocSetOpts2(
    outLayout: ChannelLayout,
    outFormat: SampleFormat,
    outRate: number,
    inLayout: ChannelLayout,
    inFormat: SampleFormat,
    inRate: number,
  ): number;
  init(): number;
  convertSync(out: Buffer[], outCount: number, input: Buffer[] | null, inCount: number): number;
  free(): void;
}

/** `node-av/lib`. */
export interface NodeAv {
  readonly Log: { setLevel(level: number): void };
  readonly Codec: { findEncoderByName(name: string): Codec | null };
  readonly CodecContext: new () => CodecContext;
  readonly SoftwareResampleContext: new () => SoftwareResampleContext;
  readonly Frame: new () => Frame;
  readonly Packet: new () => Packet;
  readonly Rational: new (numerator: number, denominator: number) => object;
}

/** `node-av/constants`. */
export interface NodeAvConstants {
  readonly AV_LOG_QUIET: number;
  readonly AV_CHANNEL_LAYOUT_MONO: ChannelLayout;
  readonly AV_CHANNEL_LAYOUT_STEREO: ChannelLayout;
  readonly AV_PROFILE_AAC_LOW: number;
  readonly AV_SAMPLE_FMT_FLTP: SampleFormat;
  readonly AV_SAMPLE_FMT_S16: SampleFormat;
  readonly AVERROR_EAGAIN: number;
  readonly AVERROR_EOF: number;
  readonly FF_ENCODER_AAC: string;
}
