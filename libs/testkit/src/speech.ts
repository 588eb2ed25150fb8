import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const RUN_TIMEOUT_MS = 60_000;

/** What to make; the file is raw G.711 at 8 kHz, as a phone would send it. */
export interface CallAudioOptions {
  readonly path: string;
  /** Default: PCMU. */
  readonly codec?: 'PCMU' | 'PCMA';
  /** Said first, by espeak-ng. */
  readonly text?: string;
  readonly toneHz: number;
  /** Whole seconds of a whole number of hertz repeat without a click. */
  readonly toneSeconds: number;
}

/** The sine source of ffmpeg peaks at 1/8 of full scale; four times that is loud and not clipped. */
function toneInput({ toneHz, toneSeconds }: CallAudioOptions): string[] {
  const source = `sine=frequency=${toneHz}:sample_rate=8000:duration=${toneSeconds},volume=4`;
  return ['-f', 'lavfi', '-i', source];
}

/** Writes what a callee plays: speech if asked for, then a tone of its own. */
export async function makeCallAudio(options: CallAudioOptions): Promise<void> {
  const format = options.codec === 'PCMA' ? 'alaw' : 'mulaw';
  const output = ['-ar', '8000', '-ac', '1', '-f', format, options.path];
  if (options.text === undefined) {
    await ffmpeg([...toneInput(options), ...output]);
    return;
  }
  const speechPath = `${options.path}.wav`;
  await execute('espeak-ng', ['-w', speechPath, '-s', '150', options.text], {
    timeout: RUN_TIMEOUT_MS,
  });
  const join = '[0]aresample=8000[speech];[speech][1]concat=n=2:v=0:a=1';
  await ffmpeg(['-i', speechPath, ...toneInput(options), '-filter_complex', join, ...output]);
  await rm(speechPath);
}

/** Speech of espeak-ng, one channel. */
export async function makeSpeech(text: string, sampleRate = 8000): Promise<Int16Array> {
  const folder = await mkdtemp(join(tmpdir(), 'callcast-speech-'));
  const [spoken, plain] = [join(folder, 'spoken.wav'), join(folder, 'plain.raw')];
  try {
    await execute('espeak-ng', ['-w', spoken, '-s', '150', text], { timeout: RUN_TIMEOUT_MS });
    await ffmpeg(['-i', spoken, '-ar', String(sampleRate), '-ac', '1', '-f', 's16le', plain]);
    return new Int16Array(Uint8Array.from(await readFile(plain)).buffer);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function ffmpeg(args: readonly string[]): Promise<void> {
  const quiet = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-y'];
  await execute('ffmpeg', [...quiet, ...args], { timeout: RUN_TIMEOUT_MS });
}
