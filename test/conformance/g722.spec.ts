import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { G722Decoder } from '#protocol/g722';
import { SeededRandom, makeSpeech } from '#testkit';

function ffmpeg(args: readonly string[], input: Uint8Array): Uint8Array {
  const output = execFileSync('ffmpeg', ['-v', 'error', ...args, 'pipe:1'], { input });
  return Uint8Array.from(output);
}

const encodedByFfmpeg = (samples: Int16Array): Uint8Array =>
  ffmpeg(
    ['-f', 's16le', '-ar', '16000', '-ac', '1', '-i', 'pipe:0', '-c:a', 'g722', '-f', 'g722'],
    new Uint8Array(samples.buffer),
  );

const decodedByFfmpeg = (bytes: Uint8Array): Int16Array =>
  new Int16Array(ffmpeg(['-f', 'g722', '-i', 'pipe:0', '-f', 's16le'], bytes).buffer);

/** Decoded as it comes from the network: 20 ms at a time. */
function decoded(bytes: Uint8Array): Int16Array {
  const decoder = new G722Decoder();
  const out = new Int16Array(2 * bytes.length);
  for (let at = 0; at < bytes.length; at += 160) {
    decoder.decode(bytes.subarray(at, at + 160), out.subarray(2 * at));
  }
  return out;
}

describe('G.722 beside ffmpeg', () => {
  it('decodes speech to the same samples', async () => {
    const speech = await makeSpeech('One, two, three: she sells sea shells.', 16_000);
    const bytes = encodedByFfmpeg(speech);

    const ours = decoded(bytes);

    expect(ours.length).toBeGreaterThan(16_000);
    expect(ours).toEqual(decodedByFfmpeg(bytes));
  });

  it('decodes noise that no encoder would write to the same samples, saturated ones too', () => {
    const random = new SeededRandom(7);
    const noise = Uint8Array.from({ length: 32_000 }, () => random.below(256));
    // Steps of the same sign without end drive every sum to its limit.
    const bytes = Uint8Array.from([...noise, ...new Uint8Array(400).fill(0b00_100000), ...noise]);

    const ours = decoded(bytes);

    expect(ours).toContain(32_767);
    expect(ours).toEqual(decodedByFfmpeg(bytes));
  });

  it('begins anew after a reset', async () => {
    const bytes = encodedByFfmpeg(await makeSpeech('Hello.', 16_000)).subarray(0, 8000);
    const decoder = new G722Decoder();
    const [first, second] = [new Int16Array(16_000), new Int16Array(16_000)];

    decoder.decode(bytes, first);
    decoder.reset();
    decoder.decode(bytes, second);

    expect(second).toEqual(first);
  });
});
