import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordingFolder } from './recording-folder.ts';

const NODE = `node_${'0'.repeat(26)}`;
const FACTS = { callId: 'call_1', outputId: 'out_1' };

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'recordings-'));
});
afterEach(async () => {
  await rm(path, { recursive: true });
});

const put = (name: string, text = JSON.stringify(FACTS)) => writeFile(join(path, name), text);

describe('a folder of recordings', () => {
  it('tells what is being written, waits, or is at a node, and nothing else', async () => {
    await put('a.flv.live.json');
    await put('b.flv.done.json');
    await put(`c.flv.${NODE}.json`);
    await put('d.flv.failed.json');
    await put('e.flv.done.json', 'no JSON');
    await put('f.mp4');

    const found = await new RecordingFolder(path).unfinished();

    expect(found).toEqual([
      { file: 'a.flv', mark: 'live', ...FACTS },
      { file: 'b.flv', mark: 'done', ...FACTS },
      { file: 'c.flv', mark: NODE, ...FACTS },
    ]);
  });

  it('is empty when it is not there', async () => {
    expect(await new RecordingFolder(join(path, 'none')).unfinished()).toEqual([]);
  });

  it('gives a recording to one of many who want it', async () => {
    await put('a.flv.done.json');
    const folders = Array.from({ length: 8 }, () => new RecordingFolder(path));
    const [recording] = (await folders[0]?.unfinished()) ?? [];

    const won = await Promise.all(
      folders.map((folder, index) =>
        folder.mark(recording ?? { file: '', mark: '', ...FACTS }, `node_${index}`),
      ),
    );

    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await readdir(path)).toEqual([`a.flv.node_${won.indexOf(true)}.json`]);
  });

  it('names what a recording becomes, apart for each worker', () => {
    const folder = new RecordingFolder('/recordings');

    expect(folder.paths('a.b.flv', NODE)).toEqual({
      flv: '/recordings/a.b.flv',
      mp4: '/recordings/a.b.mp4',
      part: `/recordings/a.b.mp4.${NODE}.part`,
    });
  });
});
