import { describe, expect, it } from 'vitest';
import type { CallSpec } from '#domain';
import { encodingOf } from './encoding-of.ts';

type Audio = CallSpec['media']['audio'];

const asked = (audio: Partial<Audio>) =>
  encodingOf(
    {
      direction: 'recvonly',
      audio: { codecs: ['PCMU'], sampleRate: 44_100, bitrateKbps: 64, ...audio },
    },
    8000,
  );

describe('what a call asks of its encoder', () => {
  it('is mono for speech, with a rate that breathes, where it says nothing', () => {
    expect(asked({})).toEqual({
      sourceRate: 8000,
      sampleRate: 44_100,
      channels: 1,
      bitrateKbps: 64,
      shortBlocks: false,
      constantRate: false,
    });
  });

  it.each<[Partial<Audio>, boolean]>([
    [{ bitrateKbps: 33 }, false],
    [{ bitrateKbps: 32 }, true],
    [{ bitrateKbps: 96, channels: 2 }, false],
    [{ bitrateKbps: 64, channels: 2 }, true],
    [{ content: 'speech' }, false],
    [{ content: 'music' }, true],
    [{ content: 'music', bitrateKbps: 256 }, true],
  ])('%j: short blocks %s', (audio, shortBlocks) => {
    expect(asked(audio)).toMatchObject({ shortBlocks });
  });

  it('is a constant rate on request', () => {
    expect(asked({ constantRate: true })).toMatchObject({ constantRate: true });
  });
});
