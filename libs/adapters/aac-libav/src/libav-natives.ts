import type { AacEncoderOptions } from '#media';
import type { LibavBinding } from './libav-binding.ts';
import type { CodecContext, Frame, Packet, SoftwareResampleContext } from './node-av.ts';

/** FFmpeg refused something: a wrong setting, or no memory. The call it belongs to fails. */
class LibavEncoderError extends Error {
  override readonly name = 'LibavEncoderError';
}

/** Samples of one AAC-LC frame. */
export const FRAME_SAMPLES = 1024;

/** Native objects of one encoder. They are freed by hand: the collector does not see their size. */
export interface Natives {
  readonly context: CodecContext;
  readonly resampler: SoftwareResampleContext;
  readonly frame: Frame;
  readonly packet: Packet;
}

/** Opens what one encoder needs, or nothing. */
export function openNatives(binding: LibavBinding, options: AacEncoderOptions): Natives {
  const { lib } = binding;
  const natives = {
    context: new lib.CodecContext(),
    resampler: new lib.SoftwareResampleContext(),
    frame: new lib.Frame(),
    packet: new lib.Packet(),
  };
  try {
    openContext(natives.context, binding, options);
    openResampler(natives.resampler, binding, options);
    openFrame(natives.frame, binding, options);
    natives.packet.alloc();
  } catch (error) {
    freeNatives(natives);
    throw error;
  }
  return natives;
}

function openContext(
  context: CodecContext,
  binding: LibavBinding,
  options: AacEncoderOptions,
): void {
  const { lib, constants } = binding;
  // By name: another AAC encoder in the build (fdk) has a licence of its own.
  const codec = lib.Codec.findEncoderByName(constants.FF_ENCODER_AAC);
  if (codec === null) throw new LibavEncoderError('this FFmpeg has no AAC encoder');
  context.allocContext3(codec);
  context.sampleRate = options.sampleRate;
  context.sampleFormat = constants.AV_SAMPLE_FMT_FLTP;
  context.channelLayout = layoutOf(binding, options);
  context.bitRate = BigInt(options.bitrateKbps * 1000);
  context.timeBase = new lib.Rational(1, options.sampleRate);
  context.profile = constants.AV_PROFILE_AAC_LOW;
  context.threadCount = 1;
  // A Dictionary given to open2Sync instead crashes the process at its exit.
  checkResult(context.setOption('aac_coder', 'fast'), 'aac_coder');
  checkResult(context.open2Sync(codec), 'open');
}

function openResampler(
  resampler: SoftwareResampleContext,
  binding: LibavBinding,
  options: AacEncoderOptions,
): void {
  const { sampleRate, sourceRate } = options;
  const layout = layoutOf(binding, options);
  const { AV_SAMPLE_FMT_FLTP, AV_SAMPLE_FMT_S16 } = binding.constants;
  checkResult(
    resampler.allocSetOpts2(
      layout,
      AV_SAMPLE_FMT_FLTP,
      sampleRate,
      layout,
      AV_SAMPLE_FMT_S16,
      sourceRate,
    ),
    'resampler',
  );
  checkResult(resampler.init(), 'resampler');
}

function openFrame(frame: Frame, binding: LibavBinding, options: AacEncoderOptions): void {
  frame.alloc();
  frame.format = binding.constants.AV_SAMPLE_FMT_FLTP;
  frame.sampleRate = options.sampleRate;
  frame.channelLayout = layoutOf(binding, options);
  frame.nbSamples = FRAME_SAMPLES;
  checkResult(frame.getBuffer(), 'frame');
}

function layoutOf({ constants }: LibavBinding, { channels }: AacEncoderOptions) {
  return channels === 2 ? constants.AV_CHANNEL_LAYOUT_STEREO : constants.AV_CHANNEL_LAYOUT_MONO;
}

/** Frees everything; nothing of it may be touched afterwards. */
export function freeNatives({ context, resampler, frame, packet }: Natives): void {
  context.freeContext();
  resampler.free();
  frame.free();
  packet.free();
}

/** The samples of a frame, channel by channel, as views on the library's own memory. */
export function samplesOf(frame: Frame, channels: 1 | 2): Float32Array[] {
  const planes = frame.data?.slice(0, channels) ?? [];
  if (planes.length < channels) throw new LibavEncoderError('a frame without memory');
  return planes.map((plane) => new Float32Array(plane.buffer, plane.byteOffset, FRAME_SAMPLES));
}

/** @throws LibavEncoderError if FFmpeg returned an error code. */
export function checkResult(result: number, what: string): void {
  if (result < 0) throw new LibavEncoderError(`${what}: FFmpeg error ${result}`);
}
