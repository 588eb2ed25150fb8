import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordingFolder, openFlvRecording } from '#adapters/record-flv';
import { TranscodeError, convertToMp4, decodeToPcm, probeMedia } from '#adapters/transcode-ffmpeg';
import { IdFactory } from '#domain';
import type { NewEvent } from '#domain';
import { silentLogger, systemClock, systemRandom, systemTimers } from '#foundation';
import { dominantToneHz } from '#testkit';
import { ConversionDesk } from '../../apps/worker/src/recordings/conversion-desk.ts';
import type { ConversionDeskOptions } from '../../apps/worker/src/recordings/conversion-desk.ts';
import { readFlv } from '../support/flv-tags.ts';

const ids = new IdFactory(() => systemClock.wallMs(), systemRandom);
const TONE_HZ = 700;
const SECONDS = 3;

let path: string;
const desks: ConversionDesk[] = [];
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'recordings-'));
});
afterEach(async () => {
  await Promise.all(desks.splice(0).map((desk) => desk.stop()));
  await rm(path, { recursive: true });
});

/** Records a tone, made by ffmpeg, and leaves the file as a worker does that is killed: marked live, without a duration. */
async function leaveRecording(name: string): Promise<{ callId: string; outputId: string }> {
  const source = join(path, 'source');
  await promisify(execFile)('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', `sine=frequency=${TONE_HZ}:sample_rate=44100`],
    ...['-t', String(SECONDS), '-c:a', 'aac', '-f', 'flv', source],
  ]);
  const facts = { callId: ids.callId(), outputId: ids.outputId() };
  const recording = openFlvRecording({
    ...{ folder: path, name, isContinued: false, facts, timers: systemTimers },
    metadata: { audiocodecid: 10, audiosamplerate: 44100, stereo: false },
  });
  await recording.ready;
  for (const { type, timestampMs, body } of readFlv(await readFile(source)).tags) {
    if (type !== 8) continue;
    recording.write({ kind: 'audio', timestampMs, body });
    // As on air, the disk has time between two tags.
    await readdir(path);
  }
  await rm(source);
  await recording.close();
  const folder = new RecordingFolder(path);
  const [left] = (await folder.unfinished()).filter(({ file }) => file === `${name}.flv`);
  if (left !== undefined) await folder.mark(left, 'live');
  const bytes = await readFile(join(path, `${name}.flv`));
  bytes.fill(0, 53, 61);
  await writeFile(join(path, `${name}.flv`), bytes);
  return facts;
}

/** As if the machine had stopped in the middle of a tag. */
const tear = async (file: string): Promise<void> =>
  await truncate(file, (await readFile(file)).length - 37);

function desk(options: Partial<ConversionDeskOptions> = {}) {
  const told: NewEvent[] = [];
  const keys: string[] = [];
  let heard = 0;
  let wake: () => void = () => undefined;
  const hear = (): void => {
    heard += 1;
    wake();
  };
  const made = new ConversionDesk({
    folder: new RecordingFolder(path),
    node: ids.nodeId(),
    teller: {
      tell: (callId, key, event) => {
        told.push(event);
        keys.push(`${callId} ${key}`);
        hear();
        return Promise.resolve();
      },
    },
    convert: convertToMp4,
    durationOf: async (file) => (await probeMedia(file)).durationSec,
    livingNodes: () => Promise.resolve(new Set()),
    isOver: () => Promise.resolve(true),
    clock: systemClock,
    timers: systemTimers,
    logger: { ...silentLogger, info: hear, warn: hear },
    ...options,
  });
  desks.push(made);
  const types = () => told.map(({ type }) => type);
  const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
    for (;;) {
      const before = heard;
      if (await holds()) return;
      // What was heard while the folder was read is looked at again.
      if (heard === before) await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const untilTold = (type: string) => until(() => types().some((one) => one === type));
  return { desk: made, told, keys, types, until, untilTold };
}

describe('a recording that was cut off', () => {
  it('can be played as it lies there', async () => {
    await leaveRecording('show');
    const file = join(path, 'show.flv');
    await tear(file);

    const probe = await probeMedia(file);
    const samples = await decodeToPcm(file, { sampleRate: 8000 });

    expect(probe.audio).toMatchObject({ codec: 'aac', profile: 'LC', sampleRate: 44100 });
    expect(Math.abs(samples.length / 8000 - SECONDS)).toBeLessThan(0.2);
    expect(Math.abs(dominantToneHz(samples, 8000) - TONE_HZ)).toBeLessThan(5);
  });

  it('becomes an MP4 when a worker starts, and is told of', async () => {
    const { callId, outputId } = await leaveRecording('show');
    await tear(join(path, 'show.flv'));
    const { desk: started, told, keys, until } = desk();

    await started.start();
    await until(async () => (await readdir(path)).join() === 'show.mp4');

    const probe = await probeMedia(join(path, 'show.mp4'));
    expect(probe.container).toContain('mp4');
    expect(probe.audio).toMatchObject({ codec: 'aac', profile: 'LC' });
    expect(Math.abs((probe.durationSec ?? 0) - SECONDS)).toBeLessThan(0.2);
    expect(told).toMatchObject([
      { type: 'recording.converting', data: { outputId, file: 'show.flv', percent: 0 } },
      { type: 'recording.ready', data: { outputId, file: 'show.mp4', seconds: probe.durationSec } },
    ]);
    expect(told[1]?.data['bytes']).toBe((await readFile(join(path, 'show.mp4'))).length);
    expect(keys.every((key) => key.startsWith(`${callId} ${outputId} show.flv `))).toBe(true);
    // The index stands at the front: it plays while it is loaded.
    const head = (await readFile(join(path, 'show.mp4'))).subarray(0, 4096).toString('latin1');
    expect(head.indexOf('moov')).toBeGreaterThan(0);
  });

  it('is left alone while its call lives, or another worker is at it', async () => {
    await leaveRecording('live');
    const { desk: first, told } = desk({ isOver: () => Promise.resolve(false) });

    await first.start();
    await first.stop();
    const other = ids.nodeId();
    const folder = new RecordingFolder(path);
    for (const recording of await folder.unfinished()) await folder.mark(recording, other);
    const second = desk({ livingNodes: () => Promise.resolve(new Set([other])) });
    await second.desk.start();
    await second.desk.stop();

    expect([...told, ...second.told]).toEqual([]);
    expect((await readdir(path)).sort()).toEqual(['live.flv', `live.flv.${other}.json`]);
  });

  it('is converted by one of two workers', async () => {
    await leaveRecording('show');
    const pair = [desk(), desk()];

    await Promise.all(pair.map((one) => one.desk.start()));
    await Promise.race(pair.map((one) => one.untilTold('recording.ready')));
    await Promise.all(pair.map((one) => one.desk.stop()));

    const ready = pair.flatMap(({ types }) => types()).filter((type) => type === 'recording.ready');
    expect(ready).toEqual(['recording.ready']);
    expect(await readdir(path)).toEqual(['show.mp4']);
  });

  it('is taken over from a worker that died while it converted, with what that one had made', async () => {
    await leaveRecording('show');
    const folder = new RecordingFolder(path);
    const dead = ids.nodeId();
    const [left] = await folder.unfinished();
    if (left !== undefined) await folder.mark(left, dead);
    const { flv, mp4, part } = folder.paths('show.flv', dead);
    const signal = new AbortController().signal;
    await convertToMp4({ from: flv, to: mp4, signal, onProgress: () => undefined });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await writeFile(part, 'the beginning of an MP4');
    const { desk: started, types, until } = desk();

    await started.start();
    await until(async () => (await readdir(path)).join() === 'show.mp4');

    expect(types()).toEqual(['recording.ready']);
  });

  it('stays what it is when ffmpeg cannot convert it, or somebody else has its name', async () => {
    await leaveRecording('mine');
    await writeFile(join(path, 'mine.mp4'), 'precious');
    await leaveRecording('torn');
    await truncate(join(path, 'torn.flv'), 20);
    const { desk: started, told, until } = desk();

    await started.start();
    await until(
      async () => (await readdir(path)).filter((name) => name.includes('failed')).length === 2,
    );

    expect(told.map(({ type, data }) => [type, data['file']])).toEqual([
      ['recording.failed', 'mine.flv'],
      ['recording.failed', 'torn.flv'],
    ]);
    expect(await readFile(join(path, 'mine.mp4'), 'utf8')).toBe('precious');
    expect((await readdir(path)).sort()).toEqual([
      'mine.flv',
      'mine.flv.failed.json',
      'mine.mp4',
      'torn.flv',
      'torn.flv.failed.json',
    ]);
  });

  it('waits where ffmpeg is missing, and says how to get the MP4', async () => {
    await leaveRecording('show');
    const cause = new Error('Cannot find ffmpeg');
    const {
      desk: started,
      told,
      until,
    } = desk({
      convert: () => Promise.reject(new TranscodeError('ffmpeg', { cause })),
    });

    await started.start();
    await until(async () => (await readdir(path)).includes('show.flv.done.json'));

    expect(told.at(-1)).toMatchObject({ type: 'recording.failed', data: { file: 'show.flv' } });
    expect(told.at(-1)?.data['reason']).toContain('ffmpeg -i show.flv -c copy');
    expect((await readdir(path)).sort()).toEqual(['show.flv', 'show.flv.done.json']);
  });

  it('is given back when the worker stops half-way', async () => {
    await leaveRecording('show');
    const { desk: started, untilTold } = desk({
      convert: ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('x')))),
    });

    await started.start();
    await untilTold('recording.converting');
    await started.stop();

    expect((await readdir(path)).sort()).toEqual(['show.flv', 'show.flv.done.json']);
  });
});
