import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, systemRandom, systemTimers } from '#foundation';
import { openPublishSession } from '#adapters/rtmp-tcp';
import type { PublishOptions, PublishSession } from '#adapters/rtmp-tcp';
import { aacSequenceHeaderTag, metadataTag } from '#protocol/flv';
import type { FlvTag } from '#protocol/flv';
import { parseRtmpUrl } from '#protocol/rtmp';
import { startNginxRtmp } from '#testkit';
import type { AdtsStream, NginxRtmp } from '#testkit';
import {
  SAMPLE_RATE,
  msOfFrame,
  packetTimesMs,
  probe,
  tagsOf,
  toneFrames,
} from '../support/aac-tone.ts';

let folder: string;
let nginx: NginxRtmp;
let sound: AdtsStream;
const TONE_SECONDS = 8;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'callcast-rtmp-'));
  sound = toneFrames(TONE_SECONDS);
  nginx = await startNginxRtmp({ workDir: folder, record: true });
});

afterAll(async () => {
  await nginx.stop();
  rmSync(folder, { recursive: true, force: true });
});

function publish(key: string, options: Partial<PublishOptions> = {}): PublishSession {
  return openPublishSession({
    target: parseRtmpUrl(nginx.rtmpUrl('live', key)),
    metadata: { audiocodecid: 10, audiosamplerate: SAMPLE_RATE, stereo: false },
    headers: [aacSequenceHeaderTag(sound.audioSpecificConfig, 0)],
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    ...options,
  });
}

const frames = (startMs = 0): FlvTag[] => tagsOf(sound, startMs);

/** The recording of a stream, once nginx has seen its publisher leave. */
async function recordingOf(key: string): Promise<string> {
  for (;;) {
    const path = nginx.recordings().find((file) => file.includes(`/${key}-`));
    if (path !== undefined) return path;
    await pause(20);
  }
}

/** What ffmpeg complains about when it decodes the whole file. */
function decodingErrors(path: string): string {
  const decoding = ['-v', 'warning', '-i', path, '-f', 'null', '-'];
  return spawnSync('ffmpeg', decoding).stderr.toString();
}

/** Lets nginx go on after `task`, whatever comes of it. */
async function whileStopped(pid: number, task: () => Promise<void>): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  try {
    await task();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

describe('publishing to nginx-rtmp', () => {
  it('puts every AAC frame on air, with its time, as ffprobe reads the recording', async () => {
    const session = publish('tone');
    await session.ready;
    for (const tag of frames()) session.write(tag);
    await session.close();

    const path = await recordingOf('tone');
    const entries = 'stream=codec_name,profile,sample_rate,channels';
    expect(probe(path, '-show_entries', entries)).toMatchObject({
      streams: [{ codec_name: 'aac', profile: 'LC', sample_rate: '44100', channels: 1 }],
    });
    expect(packetTimesMs(path)).toEqual(sound.frames.map((_, index) => msOfFrame(index)));
    expect(decodingErrors(path)).toBe('');
    expect(session.stats()).toMatchObject({ droppedTags: 0, queuedBytes: 0, state: 'ended' });
    expect(await session.ended).toBe('closed');
  });

  it.each([
    { name: '24 bits', key: 'past24', startMs: 2 ** 24 - 4000 },
    { name: '31 bits', key: 'past31', startMs: 2 ** 31 - 4000 },
    { name: '32 bits', key: 'past32', startMs: 2 ** 32 - 4000 },
  ])('goes on when timestamps pass $name', async ({ key, startMs }) => {
    const headers = [aacSequenceHeaderTag(sound.audioSpecificConfig, startMs)];
    const session = publish(key, { headers });
    await session.ready;
    for (const tag of frames(startMs)) session.write(tag);
    await session.close();

    // nginx records from the first time on; every step must be the same as at the start.
    const times = packetTimesMs(await recordingOf(key));
    const first = times[0] ?? Number.NaN;
    expect(times.map((time) => time - first)).toEqual(
      sound.frames.map((_, index) => msOfFrame(index)),
    );
  });

  it('sends messages longer than a chunk, with an extended timestamp too', async () => {
    const startMs = 2 ** 24;
    const comment = 'long '.repeat(4000);
    const session = publish('long', { headers: [], metadata: { audiocodecid: 10, comment } });
    await session.ready;
    session.write(metadataTag({ audiocodecid: 10, comment }, startMs));
    session.write(aacSequenceHeaderTag(sound.audioSpecificConfig, startMs));
    for (const tag of frames(startMs)) session.write(tag);
    await session.close();

    const path = await recordingOf('long');
    expect(packetTimesMs(path)).toHaveLength(sound.frames.length);
    expect(decodingErrors(path)).toBe('');
  });

  it('is acknowledged by nginx within our window', async () => {
    const session = publish('acks');
    await session.ready;
    for (const tag of frames()) session.write(tag);
    while (session.stats().bytesSent - session.stats().bytesAcked > 3 * 8192) await pause(5);

    expect(session.stats().bytesAcked).toBeGreaterThan(30_000);
    await session.close();
  });

  it('is told that the key is in use', async () => {
    const first = publish('twice');
    await first.ready;

    const failure = await publish('twice').ended;

    expect(failure).toMatchObject({ code: 'RTMP_KEY_IN_USE' });
    expect(String(failure)).toContain('NetStream.Publish.BadName');
    await first.close();
  });

  it('gets the key back after a good-bye', async () => {
    const outcomes: unknown[] = [];
    for (let round = 0; round < 3; round += 1) {
      const session = publish('again');
      await session.ready;
      await session.close();
      outcomes.push(await session.ended);
    }

    expect(outcomes).toEqual(['closed', 'closed', 'closed']);
  });

  it('loses the connection to an application that does not exist', async () => {
    const target = parseRtmpUrl(nginx.rtmpUrl('nowhere', 'key'));

    const failure = await publish('key', { target }).ended;

    expect(failure).toMatchObject({ code: 'RTMP_LOST' });
    expect(String(failure)).toContain('instead of answering to connect');
  });

  it('notices that nginx has gone', async () => {
    const session = publish('gone');
    await session.ready;

    await nginx.restart();

    expect(await session.ended).toMatchObject({ code: 'RTMP_LOST' });
    const next = publish('gone');
    await next.ready;
    await next.close();
  });

  it('notices that nginx has frozen, although the kernel still takes every byte', async () => {
    const session = publish('frozen', { livenessTimeoutMs: 2000 });
    await session.ready;
    for (const tag of frames()) session.write(tag);
    while (session.stats().bytesAcked < 30_000) await pause(5);

    await whileStopped(nginx.pid, async () => {
      for (const tag of frames(msOfFrame(sound.frames.length))) session.write(tag);
      expect(session.stats().queuedBytes).toBe(0);
      expect(await session.ended).toMatchObject({ code: 'RTMP_STALLED' });
    });
  });
});
