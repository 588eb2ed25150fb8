import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseMetadataBody } from '#protocol/flv';
import type { FlvTag } from '#protocol/flv';
import { VirtualTime } from '#testkit';
import { readFlv } from '../../../../test/support/flv-tags.ts';
import { openFlvRecording } from './flv-recording.ts';
import type { FlvRecordingOptions } from './flv-recording.ts';
import { makePlace } from './recording-place.ts';
import type { RecordingPlace } from './recording-place.ts';

const FACTS = { callId: 'call_1', outputId: 'out_1' };
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'record-flv-'));
  folders.push(folder);
  return folder;
}

const tag = (timestampMs: number, size = 10): FlvTag => ({
  kind: 'audio',
  timestampMs,
  body: new Uint8Array(size).fill(0xaf),
});

function record(folder: string, options: Partial<FlvRecordingOptions> = {}) {
  const timers = new VirtualTime();
  const recording = openFlvRecording({
    folder,
    name: 'show',
    isContinued: false,
    facts: FACTS,
    metadata: { audiocodecid: 10, stereo: false },
    timers,
    ...options,
  });
  return { recording, timers };
}

/** Records so many milliseconds and closes. */
async function recordFor(ms: number, folder: string, options?: Partial<FlvRecordingOptions>) {
  const { recording } = record(folder, options);
  const file = await recording.ready;
  for (let at = 0; at < ms; at += 20) recording.write(tag(at));
  await recording.close();
  return { file, recording };
}

describe('a recording', () => {
  it('is an FLV file with true flags, its duration, and every tag; then it waits for what follows', async () => {
    const folder = await newFolder();

    const { file, recording } = await recordFor(1_000, folder);

    const { flags, tags } = readFlv(await readFile(join(folder, file)));
    expect(flags).toBe(0x04);
    expect(parseMetadataBody(tags[0]?.body ?? new Uint8Array())).toEqual({
      duration: 0.98,
      audiocodecid: 10,
      stereo: false,
    });
    expect(tags.slice(1).map(({ timestampMs }) => timestampMs)).toEqual(
      Array.from({ length: 50 }, (_, index) => index * 20),
    );
    expect(await recording.ended).toBe('closed');
    expect((await readdir(folder)).sort()).toEqual(['show.flv', 'show.flv.done.json']);
    const mark = await readFile(join(folder, 'show.flv.done.json'), 'utf8');
    expect(JSON.parse(mark)).toEqual(FACTS);
  });

  it('is on disk while it goes on, but for the last quarter of a second', async () => {
    const folder = await newFolder();
    const { recording } = record(folder);
    await recording.ready;
    const sizeBefore = recording.stats().bytesSent;

    for (let at = 0; at <= 250; at += 25) recording.write(tag(at));
    while (recording.stats().bytesSent === sizeBefore) await readdir(folder);
    recording.write(tag(275));
    const bytes = await readFile(join(folder, 'show.flv'));

    expect(readFlv(bytes).tags.at(-1)?.timestampMs).toBe(250);
    expect(await readdir(folder)).toContain('show.flv.live.json');
    await recording.close();
  });

  it.each(['show.flv', 'show.mp4'])('overwrites no %s', async (taken) => {
    const folder = await newFolder();
    await writeFile(join(folder, taken), 'precious');

    const { recording } = record(folder);

    await expect(recording.ready).rejects.toMatchObject({
      code: 'RECORDING_REFUSED',
      detail: 'show is in use, and nothing is overwritten',
    });
    expect(await recording.ended).toMatchObject({ code: 'RECORDING_REFUSED' });
    expect(await readFile(join(folder, taken), 'utf8')).toBe('precious');
    expect(await readdir(folder)).toEqual([taken]);
  });

  it('goes on in a second and a third file when it has begun before', async () => {
    const folder = await newFolder();

    const files = [];
    for (let part = 1; part <= 3; part++) {
      files.push((await recordFor(300, folder, { isContinued: part > 1 })).file);
    }

    expect(files).toEqual(['show.flv', 'show-2.flv', 'show-3.flv']);
  });

  it('leaves nothing when it has got nothing', async () => {
    const folder = await newFolder();
    const { recording } = record(folder);
    await recording.ready;

    await recording.close();

    expect(await readdir(folder)).toEqual([]);
  });

  it('is whole and found when it is cut off without a word', async () => {
    const folder = await newFolder();
    const { recording } = record(folder);
    await recording.ready;
    for (let at = 0; at < 600; at += 20) recording.write(tag(at));

    recording.destroy();
    await recording.released;

    expect(readFlv(await readFile(join(folder, 'show.flv'))).tags).toHaveLength(31);
    expect(await readdir(folder)).toContain('show.flv.done.json');
  });

  it('drops what is older than two seconds while the disk is busy, and fails when it stays so', async () => {
    const folder = await newFolder();
    const { recording, timers } = record(folder);
    await recording.ready;

    // The disk has no chance to answer within one turn.
    for (let at = 0; at <= 10_000; at += 20) recording.write(tag(at));
    const { droppedTags } = recording.stats();
    timers.advance(10_000);

    expect(droppedTags).toBe((10_000 - 2_000 - 280) / 20);
    expect(await recording.ended).toMatchObject({
      code: 'RECORDING_FAILED',
      detail: 'the disk takes no more data',
    });
    await recording.released;
  });

  it('says that a folder cannot be used', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'file'), '');

    const { recording } = record(join(folder, 'file'));

    await expect(recording.ready).rejects.toMatchObject({
      code: 'RECORDING_REFUSED',
      detail: 'CALLCAST_RECORDINGS is no folder',
    });
  });

  it('of a disk that gets full fails, and is what it was until then', async () => {
    const folder = await newFolder();
    let roomBytes = 4_000;
    const { recording } = record(folder, {
      makePlace: async (wanted) => {
        const { handle, file } = await makePlace(wanted);
        return {
          file,
          handle: {
            truncate: (bytes) => handle.truncate(bytes),
            close: () => handle.close(),
            write: async (bytes: Uint8Array, from: number, count: number, at: number) => {
              if (roomBytes === 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
              const fits = Math.min(count, roomBytes);
              if (at > 100) roomBytes -= fits;
              return await handle.write(bytes, from, fits, at);
            },
          } as RecordingPlace['handle'],
        };
      },
    });
    await recording.ready;

    let at = 0;
    const ends: unknown[] = [];
    void recording.ended.then((end) => ends.push(end));
    while (ends.length === 0) {
      recording.write(tag((at += 20), 100));
      await readdir(folder);
    }
    await recording.released;

    expect(await recording.ended).toMatchObject({
      code: 'RECORDING_FAILED',
      detail: 'the disk is full',
    });
    const bytes = await readFile(join(folder, 'show.flv'));
    const { tags } = readFlv(bytes);
    const wholeBytes = tags.reduce((sum, { body }) => sum + body.length + 15, 13);
    expect(bytes.length).toBe(wholeBytes);
    expect(tags.length).toBeGreaterThan(1);
    expect(await readdir(folder)).toContain('show.flv.done.json');
  });
});
