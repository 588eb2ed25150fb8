import { describe, expect, it } from 'vitest';
import { BugError, wasm } from '#foundation';
import { planResampling } from '#protocol/aac';
import { AacKernel } from './kernel.ts';
import { wasmAacEncoders } from './wasm-aac-encoder.ts';

const OPTIONS = { sourceRate: 8000, sampleRate: 44_100, channels: 1, bitrateKbps: 64 } as const;
const KERNEL_OPTIONS = {
  plan: planResampling(8000, 44_100),
  channels: 1,
  bitrateKbps: 64,
  shortBlocks: false,
  constantRate: false,
} as const;
const voice = (from: number, count: number): Int16Array =>
  Int16Array.from({ length: count }, (_, at) => {
    const time = from + at;
    return 9000 * Math.sin(time * 0.3) * Math.sin(time * 0.001) + ((time * 7919) % 997);
  });

function framesOf(encoder: ReturnType<ReturnType<typeof wasmAacEncoders>>, from = 0): Buffer[] {
  const frames: Buffer[] = [];
  for (let packet = 0; packet < 100; packet += 1) {
    encoder.encode(voice(from + packet * 160, 160), (frame) => frames.push(Buffer.from(frame)));
  }
  return frames;
}

describe('encoders that share a kernel', () => {
  it('take PCM of any length and give the same frames', () => {
    const createEncoder = wasmAacEncoders(new AacKernel());
    const whole: Buffer[] = [];
    const pieces = createEncoder(OPTIONS);

    createEncoder(OPTIONS).encode(voice(0, 16_000), (frame) => whole.push(Buffer.from(frame)));

    expect(whole.length).toBe(86);
    expect(framesOf(pieces)).toEqual(whole);
  });

  it.each([
    { change: {}, expected: 'callcast 8000>44100 64kb/s' },
    { change: { shortBlocks: true }, expected: 'callcast 8000>44100 64kb/s short' },
    {
      change: { channels: 2, constantRate: true, shortBlocks: true } as const,
      expected: 'callcast 8000>44100 stereo 64kb/s constant short',
    },
  ])('say what they do: $expected', ({ change, expected }) => {
    const encoder = wasmAacEncoders(new AacKernel())({ ...OPTIONS, ...change });

    expect(encoder.describe()).toBe(expected);
  });

  it('take what the same array holds now', () => {
    const createEncoder = wasmAacEncoders(new AacKernel());
    const gathered = new Int16Array(320);
    const encoder = createEncoder(OPTIONS);
    const frames: Buffer[] = [];

    for (let at = 0; at < 16_000; at += gathered.length) {
      gathered.set(voice(at, gathered.length));
      encoder.encode(gathered, (frame) => frames.push(Buffer.from(frame)));
    }

    expect(frames).toEqual(framesOf(createEncoder(OPTIONS)));
  });

  it('refuse half a sample of two channels', () => {
    const encoder = wasmAacEncoders(new AacKernel())({ ...OPTIONS, channels: 2 });

    expect(() => encoder.encode(new Int16Array(319), () => undefined)).toThrow(BugError);
  });

  it('go on when the memory of all has grown', () => {
    const kernel = new AacKernel();
    const createEncoder = wasmAacEncoders(kernel);
    const expected = framesOf(createEncoder(OPTIONS));
    const [encoder, inspected] = [createEncoder(OPTIONS), kernel.open(KERNEL_OPTIONS)];
    const frames: Buffer[] = [];
    const before = kernel.memoryBytes;

    for (let packet = 0; packet < 100; packet += 1) {
      const pcm = voice(packet * 160, 160);
      if (packet === 50) while (kernel.memoryBytes === before) createEncoder(OPTIONS);
      // Whoever comes first after the growth has to notice it.
      kernel.inspect(inspected, pcm, 1);
      encoder.encode(pcm, (frame) => frames.push(Buffer.from(frame)));
    }

    expect(kernel.memoryBytes).toBeGreaterThan(before);
    expect(frames).toEqual(expected);
  });

  it('do not grow the memory over 10 000 calls', () => {
    const kernel = new AacKernel();
    const createEncoder = wasmAacEncoders(kernel);
    createEncoder(OPTIONS).close();
    const before = kernel.memoryBytes;

    for (let call = 0; call < 10_000; call += 1) {
      const encoder = createEncoder(OPTIONS);
      encoder.encode(voice(call, 160), () => undefined);
      encoder.close();
      encoder.close();
    }

    expect(kernel.memoryBytes).toBe(before);
  });

  it('have room for every pair of rates and channels in one memory', () => {
    const createEncoder = wasmAacEncoders(new AacKernel());
    const rates = [8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
    const encoders = rates.flatMap((sourceRate) =>
      [16_000, 32_000, 44_100, 48_000].flatMap((sampleRate) =>
        ([1, 2] as const).map((channels) =>
          createEncoder({ sourceRate, sampleRate, channels, bitrateKbps: 64 }),
        ),
      ),
    );

    expect(encoders.length).toBe(64);
  });

  it('begin anew in the memory of one that was closed', () => {
    const createEncoder = wasmAacEncoders(new AacKernel());
    const first = createEncoder(OPTIONS);
    const expected = framesOf(first);
    first.close();

    expect(framesOf(createEncoder(OPTIONS))).toEqual(expected);
  });

  it('go on when one of them trapped', () => {
    const kernel = new AacKernel();
    const createEncoder = wasmAacEncoders(kernel);
    const expected = framesOf(createEncoder(OPTIONS));
    const healthy = createEncoder(OPTIONS);
    const broken = kernel.open({
      ...KERNEL_OPTIONS,
      plan: { ...KERNEL_OPTIONS.plan, up: 0, down: 0x7fffffff, firstNewest: -0x7fffffff },
    });
    const half = expected.length / 2;

    expect(() => kernel.encode(broken, voice(0, 160), 1)).toThrow(wasm.RuntimeError);
    kernel.close(broken);

    expect(framesOf(healthy).slice(0, half)).toEqual(expected.slice(0, half));
    expect(framesOf(createEncoder(OPTIONS))).toEqual(expected);
  });
});
