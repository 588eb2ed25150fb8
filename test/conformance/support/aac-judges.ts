import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FRAME_BINS } from '#protocol/aac';
import { adtsOf, flvOf } from './aac-streams.ts';
import type { AacStream } from './aac-streams.ts';

const SAMPLE_SIZE = 2;
/** So many in one process: it opens two files for each. */
const BATCH = 100;

interface Outcome {
  readonly code: number | null;
  /** Bytes of sound that it wrote to its standard output. */
  readonly size: number;
  /** What it said. */
  readonly text: string;
}

async function run(program: string, args: readonly string[]): Promise<Outcome> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [text, size] = ['', 0];
  child.stdout.on('data', (part: Buffer) => void (size += part.length));
  child.stderr.setEncoding('utf8').on('data', (part: string) => void (text += part));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, size, text };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'callcast-aac-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is wrong with streams in the eyes of a decoder: a line for each; none is what is hoped for. */
export type Judge = (streams: readonly AacStream[]) => Promise<readonly string[]>;

/** Reads FLV, as a platform does; anything it says is a complaint, and every sample must be there. */
export function ffmpegJudge(decoder: 'aac' | 'aac_fixed'): Judge {
  return async (streams) => {
    const complaints: string[] = [];
    for (let at = 0; at < streams.length; at += BATCH) {
      complaints.push(...(await judgeBatch(decoder, streams.slice(at, at + BATCH))));
    }
    return complaints;
  };
}

async function judgeBatch(decoder: string, streams: readonly AacStream[]): Promise<string[]> {
  return inFolder(async (folder) => {
    const inputs: string[] = [];
    const outputs: string[] = [];
    streams.forEach((stream, at) => {
      writeFileSync(join(folder, `${at}.flv`), flvOf(stream));
      inputs.push('-f', 'flv', '-c:a', decoder, '-i', join(folder, `${at}.flv`));
      // An hour of sound is better counted than kept.
      const output = streams.length === 1 ? 'pipe:1' : join(folder, `${at}.raw`);
      outputs.push('-map', `${at}:a`, '-f', 's16le', output);
    });
    const quiet = ['-nostdin', '-v', 'warning', '-xerror'];
    const { code, size: single, text } = await run('ffmpeg', [...quiet, ...inputs, ...outputs]);
    if (code !== 0 || text !== '') {
      if (streams.length === 1)
        return [`${streams[0]!.name}: ${decoder} ends with ${code}: ${text}`];
      // Who was it?
      const half = Math.ceil(streams.length / 2);
      const first = await judgeBatch(decoder, streams.slice(0, half));
      return [...first, ...(await judgeBatch(decoder, streams.slice(half)))];
    }
    return streams.flatMap((stream, at) => {
      const { frames, options } = stream;
      const due = frames.length * FRAME_BINS * options.channels * SAMPLE_SIZE;
      const size = streams.length === 1 ? single : statSync(join(folder, `${at}.raw`)).size;
      return size === due ? [] : [`${stream.name}: ${decoder} gives ${size} bytes, not ${due}`];
    });
  });
}

/**
 * Reads ADTS; the same hopes. It gives nothing for the first frame, two channels for one, and twice the rate below
 * 24 kHz, where it expects SBR.
 */
export const faadJudge: Judge = async (streams) =>
  inFolder(async (folder) => {
    const complaints: string[] = [];
    const input = join(folder, 'in.aac');
    for (const stream of streams) {
      const { name, frames, options } = stream;
      writeFileSync(input, adtsOf(stream));
      const { code, size, text } = await run('faad', ['-q', '-f', '2', '-w', input]);
      if (code !== 0 || text !== '') complaints.push(`${name}: faad ends with ${code}: ${text}`);
      const rates = options.sampleRate <= 24_000 ? 2 : 1;
      const due = (frames.length - 1) * FRAME_BINS * rates * 2 * SAMPLE_SIZE;
      if (size !== due) complaints.push(`${name}: faad gives ${size} bytes, not ${due}`);
    }
    return complaints;
  });
