import { FRAME_BINS, MAX_CHANNEL_BITS } from '#protocol/aac';
import { readRawFrame } from '#testkit';
import type { Judge } from './aac-judges.ts';
import type { AacStream } from './aac-streams.ts';

/** Bits of a frame at most, and on average at this rate. */
export function frameBits({ bitrateKbps, sampleRate, channels }: AacStream['options']): {
  readonly most: number;
  readonly mean: number;
} {
  const most = MAX_CHANNEL_BITS * channels;
  return { most, mean: Math.min(most, (bitrateKbps * 1000 * FRAME_BINS) / sampleRate) };
}

/**
 * What the book of a decoder's buffer has to complain of: bits come in at an even rate, what the buffer cannot take is lost
 * to the encoder, and a frame must be there as a whole when its time comes.
 *
 * @see ISO/IEC 14496-3 section 4.5.3: the decoder input buffer, 6144 bits per channel
 */
function bufferComplaints({ name, frames, options }: AacStream): string[] {
  const { most, mean } = frameBits(options);
  let held = most;
  for (const [at, frame] of frames.entries()) {
    const bits = 8 * frame.length;
    // Bits come whole, the rate need not be whole.
    if (bits >= held + 1) return [`${name}: frame ${at} has ${bits} bits of ${held} that came`];
    held = Math.min(most, held - bits + mean);
  }
  return [];
}

/** Samples that were put in and not yet taken out as frames: none is missing, none is too many. */
function countComplaints(stream: AacStream): string[] {
  const { name, frames, options, primingSamples, sourceSamples } = stream;
  if (sourceSamples === 0) return frames.length === 0 ? [] : [`${name}: frames of nothing`];
  const due = primingSamples + (sourceSamples * options.sampleRate) / options.sourceRate;
  const expected = Math.ceil(due / FRAME_BINS);
  // The delay of the resampler is no whole number of samples.
  const isNear = Math.abs(frames.length * FRAME_BINS - due - FRAME_BINS / 2) <= FRAME_BINS / 2 + 1;
  return isNear ? [] : [`${name}: ${frames.length} frames, not ${expected}`];
}

function rateComplaints({ name, frames, options }: AacStream): string[] {
  const { most, mean } = frameBits(options);
  const bits = 8 * frames.reduce((sum, frame) => sum + frame.length, 0);
  // What the buffer held at the beginning may have been spent.
  const isMore = bits > mean * frames.length + most;
  const isLess = options.constantRate === true && bits < mean * frames.length - most;
  return isMore || isLess ? [`${name}: ${bits / frames.length} bits a frame, not ${mean}`] : [];
}

function frameComplaints({ name, frames, options }: AacStream): string[] {
  return frames.flatMap((frame, at) => {
    try {
      const { channels } = readRawFrame(frame, options.sampleRate);
      return channels.length === options.channels ? [] : [`${name}: frame ${at} lacks a channel`];
    } catch (error) {
      return [`${name}: frame ${at}: ${String(error)}`];
    }
  });
}

/** What can be seen without a decoder: every field of every frame, their number, their size. */
export function complaintsAbout(stream: AacStream): readonly string[] {
  return [
    ...frameComplaints(stream).slice(0, 1),
    ...countComplaints(stream),
    ...bufferComplaints(stream),
    ...rateComplaints(stream),
  ];
}

/** The same of many streams. */
export const bookComplaints: Judge = (streams) => Promise.resolve(streams.flatMap(complaintsAbout));
