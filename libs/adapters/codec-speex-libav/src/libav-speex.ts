import { createRequire } from 'node:module';
import type {
  ChannelLayout,
  Codec,
  CodecContext,
  Frame,
  NodeAv,
  NodeAvConstants,
  Packet,
} from './node-av.ts';

/** The native library is not there: node-av is an optional dependency. */
export class SpeexMissingError extends Error {
  override readonly name = 'SpeexMissingError';
}

/** FFmpeg refused to open a decoder: a wrong rate, or no memory. */
class SpeexOpenError extends Error {
  override readonly name = 'SpeexOpenError';
}

/** Opens native decoders of Speex. */
export interface LibavSpeex {
  readonly lib: NodeAv;
  readonly codec: Codec;
  readonly mono: ChannelLayout;
}

/** Native objects of one decoder. They are freed by hand: the collector does not see their size. */
export interface SpeexNatives {
  readonly context: CodecContext;
  readonly packet: Packet;
  readonly frame: Frame;
}

/**
 * Loads node-av (0.2 s the first time in a process).
 *
 * @throws SpeexMissingError if the package is not installed, or not for this machine.
 */
export function loadLibavSpeex(): LibavSpeex {
  const require = createRequire(import.meta.url);
  try {
    const lib = require('node-av/lib') as NodeAv;
    const constants = require('node-av/constants') as NodeAvConstants;
    // The library would write to the process's stderr; errors come as return codes.
    lib.Log.setLevel(constants.AV_LOG_QUIET);
    const codec = lib.Codec.findDecoderByName(constants.FF_DECODER_SPEEX);
    if (codec !== null) return { lib, codec, mono: constants.AV_CHANNEL_LAYOUT_MONO };
  } catch (cause) {
    throw new SpeexMissingError(
      "decoding Speex needs the optional package 'node-av', which is not installed or has no binary " +
        `for ${process.platform}-${process.arch}: run \`npm install node-av\` without --omit=optional`,
      { cause },
    );
  }
  throw new SpeexMissingError("the installed package 'node-av' has no decoder of Speex");
}

/** @throws SpeexOpenError if FFmpeg refuses. */
export function openNatives({ lib, codec, mono }: LibavSpeex, sampleRate: number): SpeexNatives {
  const natives = {
    context: new lib.CodecContext(),
    packet: new lib.Packet(),
    frame: new lib.Frame(),
  };
  const { context, packet, frame } = natives;
  context.allocContext3(codec);
  // Without extradata FFmpeg takes the mode from the rate and finds the frames of a packet by itself.
  context.sampleRate = sampleRate;
  context.channelLayout = mono;
  context.threadCount = 1;
  packet.alloc();
  frame.alloc();
  const result = context.open2Sync(codec);
  if (result >= 0) return natives;
  freeNatives(natives);
  throw new SpeexOpenError(`FFmpeg opens no Speex at ${sampleRate} Hz: error ${result}`);
}

/** Frees everything; nothing of it may be touched afterwards. */
export function freeNatives({ context, packet, frame }: SpeexNatives): void {
  context.freeContext();
  packet.free();
  frame.free();
}
