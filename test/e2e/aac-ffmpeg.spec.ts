import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { judge } from './support/recording.ts';
import { Stage } from './support/stage.ts';

/** What a process is: its parent and its arguments; undefined when it is gone. */
function processOf(pid: number): { readonly parent: number; readonly args: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return { parent: Number(/\) [A-Z] (\d+) /.exec(stat)?.[1]), args };
  } catch {
    return undefined;
  }
}

const isEncoder = (pid: number): boolean => processOf(pid)?.args.includes('pipe:1') ?? false;

const encodersOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => processOf(pid)?.parent === parent && isEncoder(pid));

describe('a worker that encodes with ffmpeg', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open({ settings: { CALLCAST_AAC: 'ffmpeg' } });
  });

  afterAll(async () => {
    await stage.close();
  });

  const worker = (): number => stage.runtime.pids['worker-1'] ?? 0;

  async function placed(streamKey: string, toneHz: number): Promise<string> {
    const callee = await stage.callee({ media: { path: await stage.tone(toneHz, 60) } });
    const outputs = [{ url: stage.rtmpUrl, streamKey }];
    const { id } = await stage.place({ to: callee.uri(), outputs });
    await stage.untilLive(id);
    return id;
  }

  it('publishes the sound, goes on when an encoder is killed, and leaves none behind', async () => {
    const [first, second] = await Promise.all([placed('one', 440), placed('two', 880)]);
    await until(() => encodersOf(worker()).length === 2, 'an encoder for each call');
    const encoders = encodersOf(worker());
    const size = (): number =>
      stage.recordingsOf('one').reduce((sum, path) => sum + readFileSync(path).length, 0);
    await until(() => size() > 20_000, 'some seconds on air');

    process.kill(encoders[0] ?? 0, 'SIGKILL');
    await until(() => encodersOf(worker()).length === 2, 'another encoder in its place');
    const sizeThen = size();
    await until(() => size() > sizeThen + 20_000, 'some seconds more on air');
    const call = await stage.call(first);
    await stage.hangUp(second);
    await stage.untilEnded(second);
    await until(() => encodersOf(worker()).length === 1, 'the end of the encoder of an ended call');

    expect(call).toMatchObject({ state: 'up', broadcast: 'live' });
    expect(call.media.path).toContain('aac(ffmpeg 8000>44100 64kb/s)');
    const last = encodersOf(worker());
    process.kill(worker(), 'SIGKILL');
    await until(() => !last.some(isEncoder), 'the end of the encoders of a dead worker', 1_000);
    const heard = await judge(stage.recordingsOf('two').at(-1) ?? '');
    expect(Math.abs(heard.toneHz - 880)).toBeLessThanOrEqual(5);
    expect(heard.backwardSteps).toBe(0);
    expect(heard.complaints).toBe('');
  });
});
