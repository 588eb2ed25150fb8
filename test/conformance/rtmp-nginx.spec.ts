import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, systemRandom, systemTimers } from '#foundation';
import { openPublishSession } from '#adapters/rtmp-tcp';
import type { PublishOptions, PublishSession } from '#adapters/rtmp-tcp';
import { aacFrameTag, aacSequenceHeaderTag } from '#protocol/flv';
import type { FlvTag } from '#protocol/flv';
import { parseRtmpUrl } from '#protocol/rtmp';
import { splitAdts, startNginxRtmp } from '#testkit';
import type { AdtsStream, NginxRtmp } from '#testkit';

const SAMPLE_RATE = 44_100;
const FRAME_SAMPLES = 1024;
const TONE_SECONDS = 8;

const msOfFrame = (index: number): number =>
  Math.round((index * FRAME_SAMPLES * 1000) / SAMPLE_RATE);

let folder: string;
let nginx: NginxRtmp;
let sound: AdtsStream;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'callcast-rtmp-'));
  const source = `sine=frequency=440:duration=${TONE_SECONDS}:sample_rate=${SAMPLE_RATE}`;
  const encoding = ['-ac', '1', '-c:a', 'aac', '-b:a', '64k', '-f', 'adts', 'pipe:1'];
  const adts = execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...encoding]);
  sound = splitAdts(adts);
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

const frames = (startMs = 0): FlvTag[] =>
  sound.frames.map((frame, index) => aacFrameTag(frame, startMs + msOfFrame(index)));

/** The recording of a stream, once nginx has seen its publisher leave. */
async function recordingOf(key: string): Promise<string> {
  for (;;) {
    const path = nginx.recordings().find((file) => file.includes(`/${key}-`));
    if (path !== undefined) return path;
    await pause(20);
  }
}

function probe(path: string, ...what: readonly string[]): unknown {
  const output = execFileSync('ffprobe', ['-v', 'error', '-of', 'json', ...what, path]);
  return JSON.parse(output.toString());
}

function packetTimesMs(path: string): number[] {
  const { packets } = probe(path, '-show_entries', 'packet=dts_time') as {
    readonly packets: readonly { readonly dts_time: string }[];
  };
  return packets.map((packet) => Math.round(Number(packet.dts_time) * 1000));
}

describe('publishing to nginx-rtmp', () => {
  it('puts every AAC frame on air, with its time, as ffprobe reads the recording', async () => {
    const session = publish('tone');
    await session.ready;
    for (const tag of frames()) session.write(tag);
    await session.close();

    const path = await recordingOf('tone');
    expect(
      probe(path, '-show_entries', 'stream=codec_name,profile,sample_rate,channels'),
    ).toMatchObject({
      streams: [{ codec_name: 'aac', profile: 'LC', sample_rate: '44100', channels: 1 }],
    });
    const first = msOfFrame(0);
    expect(packetTimesMs(path)).toEqual(sound.frames.map((_, index) => msOfFrame(index) - first));
    const decoding = ['-v', 'warning', '-i', path, '-f', 'null', '-'];
    expect(execFileSync('ffmpeg', decoding, { stdio: 'pipe' }).toString()).toBe('');
    expect(session.stats()).toMatchObject({ droppedTags: 0, queuedBytes: 0, state: 'ended' });
    expect(await session.ended).toBe('closed');
  });
});
