// The parts of node-av that are used, described here: the package is optional, and this has to compile without it.

/** What the library knows of a coder. */
export type Codec = object;
/** Its first channels and how many they are. */
export type ChannelLayout = object;

/** A decoder. Calls return negative numbers for errors. */
export interface CodecContext {
  sampleRate: number;
  channelLayout: ChannelLayout;
  threadCount: number;
  allocContext3(codec: Codec): void;
  open2Sync(codec: Codec): number;
  sendPacketSync(packet: Packet): number;
  receiveFrameSync(frame: Frame): number;
  freeContext(): void;
}

/** A coded payload. */
export interface Packet {
  data: Buffer | null;
  alloc(): void;
  free(): void;
}

/** Decoded sound. */
export interface Frame {
  readonly data: Buffer[] | null;
  readonly nbSamples: number;
  alloc(): void;
  free(): void;
}

/** `node-av/lib`. */
export interface NodeAv {
  readonly Log: { setLevel(level: number): void };
  readonly Codec: { findDecoderByName(name: string): Codec | null };
  readonly CodecContext: new () => CodecContext;
  readonly Packet: new () => Packet;
  readonly Frame: new () => Frame;
}

/** `node-av/constants`. */
export interface NodeAvConstants {
  readonly AV_LOG_QUIET: number;
  readonly AV_CHANNEL_LAYOUT_MONO: ChannelLayout;
  readonly FF_DECODER_SPEEX: string;
}
