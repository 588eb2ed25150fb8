import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, systemRandom, systemTimers } from '#foundation';
import { openPublishSession } from '#adapters/rtmp-tcp';
import type { PublishSession } from '#adapters/rtmp-tcp';
import { findFreePort } from '#adapters/services-local';
import { aacSequenceHeaderTag } from '#protocol/flv';
import { parseRtmpUrl } from '#protocol/rtmp';
import { startNodeMediaServer } from '#testkit';
import type { AdtsStream, NodeMediaServer } from '#testkit';
import { SAMPLE_RATE, msOfFrame, packetTimesMs, tagsOf, toneFrames } from '../support/aac-tone.ts';

const CROSSINGS = [
  { name: 'nothing', startMs: 0 },
  { name: '24 bits', startMs: 2 ** 24 - 1000 },
  { name: '31 bits', startMs: 2 ** 31 - 1000 },
  { name: '32 bits', startMs: 2 ** 32 - 1000 },
];

let folder: string;
let sound: AdtsStream;
const foreign: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'callcast-peers-'));
  sound = toneFrames(2);
});

afterAll(() => {
  for (const child of foreign) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function open(url: string, startMs = 0): PublishSession {
  return openPublishSession({
    target: parseRtmpUrl(url),
    metadata: { audiocodecid: 10, audiosamplerate: SAMPLE_RATE, stereo: false },
    headers: [aacSequenceHeaderTag(sound.audioSpecificConfig, startMs)],
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
  });
}

async function publish(url: string, startMs: number): Promise<void> {
  const session = open(url, startMs);
  await session.ready;
  for (const tag of tagsOf(sound, startMs)) session.write(tag);
  await session.close();
  expect(await session.ended).toBe('closed');
}

/** Every step is as long as it was when it was sent. */
function expectEverySteps(path: string): void {
  const times = packetTimesMs(path);
  const first = times[0] ?? Number.NaN;
  expect(times.map((time) => time - first)).toEqual(sound.frames.map((_, i) => msOfFrame(i)));
}

describe('T11: publishing to Node-Media-Server', () => {
  let server: NodeMediaServer;

  beforeAll(async () => {
    server = await startNodeMediaServer(join(folder, 'nms'));
  });

  afterAll(() => server.stop());

  it.each(CROSSINGS)(
    'keeps every frame and its time when timestamps pass $name',
    async ({ startMs }) => {
      const key = `from${startMs}`;

      await publish(server.rtmpUrl('live', key), startMs);

      await expect
        .poll(() => server.recordings('live', key).map((path) => packetTimesMs(path).length), {
          timeout: 10_000,
        })
        .toEqual([sound.frames.length]);
      expectEverySteps(server.recordings('live', key)[0] ?? '');
    },
  );

  it('takes a key again after a good-bye', async () => {
    for (let round = 0; round < 2; round++) await publish(server.rtmpUrl('live', 'again'), 0);
  });

  it('may not hold a second stream of one key', async () => {
    const first = open(server.rtmpUrl('live', 'twice'));
    await first.ready;

    const second = open(server.rtmpUrl('live', 'twice'));

    expect(await second.ended).toMatchObject({ name: 'RtmpFailure' });
    expect(first.stats().state).toBe('publishing');
    await first.close();
  });
});

describe('T11: publishing to ffmpeg -listen', () => {
  it.each(CROSSINGS)(
    'keeps every frame and its time when timestamps pass $name',
    async ({ startMs }) => {
      const path = join(folder, `ffmpeg-${startMs}.mka`);
      const url = `rtmp://127.0.0.1:${await findFreePort()}/live/x`;
      const reading = ['-v', 'error', '-listen', '1', '-i', url];
      const child = spawn('ffmpeg', [...reading, '-c', 'copy', path], {
        stdio: 'ignore',
      });
      foreign.push(child);
      const hasEnded = once(child, 'close');
      await expect
        .poll(
          () =>
            publish(url, startMs).then(
              () => true,
              () => false,
            ),
          { timeout: 10_000 },
        )
        .toBe(true);
      await hasEnded;

      expectEverySteps(path);
    },
  );
});
