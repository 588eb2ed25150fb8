import { describe, expect, it } from 'vitest';
import { PcmAacEncoder, RtpSource, playDeliveries, tone } from '#testkit';
import type { Delivery } from '#testkit';
import { createAudioPath, createBuiltInDecoder } from '../index.ts';
import type { AudioDecoder, AudioFormat } from '../index.ts';

const TYPES = new Map<number, AudioFormat>([
  [0, { codec: 'PCMU', clockRate: 8000, channels: 1 }],
  [8, { codec: 'PCMA', clockRate: 8000, channels: 1 }],
]);

/** A decoder that tells what is done with it. */
function watched(format: AudioFormat, log: string[]): AudioDecoder | undefined {
  const decoder = createBuiltInDecoder(format);
  return decoder && { ...decoder, reset: () => void log.push(`${format.codec} begins anew`) };
}

function resetsThrough(train: readonly Delivery[]): readonly string[] {
  const log: string[] = [];
  const path = createAudioPath({
    payloadTypes: TYPES,
    createDecoder: (format) => watched(format, log),
    encoder: new PcmAacEncoder(),
  });
  path.start();
  playDeliveries(path, train, { untilMs: 1000 });
  return log;
}

describe('the decoders of a path', () => {
  it('begin anew with a stream and when the sender comes back to them, and at no other packet', () => {
    const source = new RtpSource({ signal: tone(440) });
    const train = source.take(200);
    source.change({ codec: 'PCMA' });
    train.push(...source.take(200));
    source.change({ codec: 'PCMU' });
    train.push(...source.take(200));
    source.jump({ timestamp: 8000 * 3600 });
    train.push(...source.take(200));

    expect(resetsThrough(train)).toEqual([
      ...['PCMU begins anew', 'PCMA begins anew', 'PCMU begins anew'],
      'PCMU begins anew',
    ]);
  });
});
