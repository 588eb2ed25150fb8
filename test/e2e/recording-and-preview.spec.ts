import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallView } from '#contracts';
import { judge } from './support/recording.ts';
import { Stage } from './support/stage.ts';

const TONE_HZ = 700;

describe('a call that is published, recorded and listened to at once', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(async () => {
    await stage.close();
  });

  /** Four seconds of the preview, as ffmpeg stores them. */
  async function listenIn(id: string): Promise<string> {
    const { apiUrl, apiKey } = stage.runtime;
    const file = join(stage.folder, 'preview.flv');
    await promisify(execFile)('ffmpeg', [
      ...['-v', 'error', '-headers', `Authorization: Bearer ${apiKey}\r\n`],
      ...['-i', `${apiUrl}/v1/calls/${id}/preview.flv`, '-t', '4', '-c', 'copy', file],
    ]);
    return file;
  }

  it('has the same sound everywhere, and leaves an MP4', async () => {
    const callee = await stage.callee({ media: { path: await stage.tone(TONE_HZ, 30) } });
    const { id, outputs } = await stage.place({
      to: callee.uri(),
      outputs: [{ url: stage.rtmpUrl, streamKey: 'recorded' }, { url: 'file:show.mp4' }],
    });
    expect(outputs[1]).toMatchObject({ url: 'file:show', streamKey: '' });
    await stage.until(id, (call) => call.outputs.every(({ state }) => state === 'publishing'));

    const preview = await listenIn(id);
    const again = await stage.request<CallView>('POST', '/v1/calls', {
      to: callee.uri(),
      outputs: [{ url: 'file:show' }],
    });
    await stage.hangUp(id);
    await stage.untilEnded(id);
    await stage.untilEvents(id, 'recording.ready', 1);

    expect(again.status).toBe(409);
    const events = await stage.events(id);
    const types = events.map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('recording.'))).toEqual([
      'recording.started',
      'recording.converting',
      'recording.ready',
    ]);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(types.filter((type) => type === 'call.ended')).toEqual(['call.ended']);

    const folder = join(stage.folder, 'recordings');
    // The FLV goes after its end has been told.
    await expect.poll(() => readdirSync(folder), { timeout: 10_000 }).toEqual(['show.mp4']);
    const recorded = await judge(join(folder, 'show.mp4'));
    const listened = await judge(preview);
    const published = await judge(stage.recordingsOf('recorded')[0] ?? '');
    for (const found of [recorded, listened, published]) {
      expect(found.audio).toMatchObject({ codec: 'aac', profile: 'LC', sampleRate: 44100 });
      expect(Math.abs(found.toneHz - TONE_HZ)).toBeLessThanOrEqual(5);
      expect(found.toneShare).toBeGreaterThan(0.95);
      expect(found.complaints).toBe('');
      expect(found.backwardSteps).toBe(0);
    }
    // It was on air all the time that somebody listened in.
    expect(recorded.durationSec).toBeGreaterThan(3);
    const ready = events.find(({ type }) => type === 'recording.ready')?.data;
    expect(ready).toMatchObject({ outputId: outputs[1]?.id, file: 'show.mp4' });
    expect(Math.abs(Number(ready?.['seconds']) - recorded.durationSec)).toBeLessThan(0.05);
    const after = await stage.request('GET', `/v1/calls/${id}/preview.flv`);
    expect(after.status).toBe(409);
  });
});
