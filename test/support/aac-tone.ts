import { execFileSync } from 'node:child_process';
import { aacFrameTag } from '#protocol/flv';
import type { FlvTag } from '#protocol/flv';
import { splitAdts } from '#testkit';
import type { AdtsStream } from '#testkit';

export const SAMPLE_RATE = 44_100;
const FRAME_SAMPLES = 1024;

/** When a frame begins, from the first one on. */
export const msOfFrame = (index: number): number =>
  Math.round((index * FRAME_SAMPLES * 1000) / SAMPLE_RATE);

/** A tone of 440 Hz, encoded by ffmpeg. */
export function toneFrames(seconds: number): AdtsStream {
  const source = `sine=frequency=440:duration=${seconds}:sample_rate=${SAMPLE_RATE}`;
  const encoding = ['-ac', '1', '-c:a', 'aac', '-b:a', '64k', '-f', 'adts', 'pipe:1'];
  return splitAdts(
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...encoding]),
  );
}

/** Frames as tags, the first one at `startMs`. */
export const tagsOf = (sound: AdtsStream, startMs: number): FlvTag[] =>
  sound.frames.map((frame, index) => aacFrameTag(frame, startMs + msOfFrame(index)));

/** What ffprobe says of a file. */
export function probe(path: string, ...what: readonly string[]): unknown {
  const output = execFileSync('ffprobe', ['-v', 'error', '-of', 'json', ...what, path]);
  return JSON.parse(output.toString());
}

/** When each packet of sound in a recording is to be decoded, as ffprobe reads it. */
export function packetTimesMs(path: string): number[] {
  const { packets } = probe(path, '-select_streams', 'a', '-show_entries', 'packet=dts_time') as {
    readonly packets: readonly { readonly dts_time: string }[];
  };
  return packets.map((packet) => Math.round(Number(packet.dts_time) * 1000));
}
