import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '#adapters/services-local';
import { decodeToPcm } from '#adapters/transcode-ffmpeg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SECONDS = 1;
const RATE = 8000;

/** What a program does whose last breath and last bytes come in another order than usual; $FFMPEG is the real one. */
const ORDERS = {
  'its output ends long before it does': '"$FFMPEG" "$@"; exec >&-; sleep 0.2',
  'it ends long before its output does': '{ "$FFMPEG" "$@" | { sleep 0.2; cat; }; } 2>/dev/null &',
};

describe('decoding waits for ffmpeg and for all it wrote', () => {
  let folder: string;
  let program: string;
  let media: string;
  const pathBefore = process.env['FFMPEG_PATH'];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'callcast-order-'));
    program = join(folder, 'ffmpeg');
    media = join(folder, 'tone.wav');
    const source = `sine=frequency=440:sample_rate=${RATE}:duration=${SECONDS}`;
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, media]);
    process.env['FFMPEG_PATH'] = program; // Where fluent-ffmpeg looks first.
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
    if (pathBefore === undefined) delete process.env['FFMPEG_PATH'];
    else process.env['FFMPEG_PATH'] = pathBefore;
  });

  it.each(Object.entries(ORDERS))('when %s', async (_, order) => {
    const real = findProgram('ffmpeg') ?? '';
    writeFileSync(
      program,
      `#!/bin/sh\nFFMPEG=${real}\ncase "$*" in *pipe:1*) ${order};; *) exec "$FFMPEG" "$@";; esac\n`,
    );
    chmodSync(program, 0o755);

    const samples = await decodeToPcm(media, { sampleRate: RATE });

    expect(samples).toHaveLength(SECONDS * RATE);
  });
});
