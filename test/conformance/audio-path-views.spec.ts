import { expect, it } from 'vitest';
import { createWasmAacEncoder } from '#adapters/aac-wasm';
import { microsFromMs } from '#foundation';
import { createAudioPath } from '#media';
import type { AudioFormat } from '#media';
import { RTP_HEADER_SIZE, buildRtpHeader } from '#protocol/rtp';

/** What all typed arrays inherit `subarray` from. */
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as {
  subarray: (this: Uint8Array, from: number, to: number) => Uint8Array;
};

/** How many views `run` makes by `subarray`. */
function viewsMadeBy(run: () => void): number {
  const { subarray } = typedArray;
  let count = 0;
  typedArray.subarray = function (from, to) {
    count += 1;
    return subarray.call(this, from, to);
  };
  try {
    run();
  } finally {
    typedArray.subarray = subarray;
  }
  return count;
}

it.each([
  { codec: 'PCMU', clockRate: 8000, channels: 1, bytes: 160 },
  { codec: 'G722', clockRate: 8000, channels: 1, bytes: 160 },
] as const)('a packet of $codec on its way makes no views once the path runs', (sent) => {
  const { codec, clockRate, channels, bytes } = sent;
  const format: AudioFormat = { codec, clockRate, channels };
  const sourceRate = codec === 'G722' ? 16_000 : 8000;
  const encoder = createWasmAacEncoder({
    ...{ sourceRate, sampleRate: 44_100, channels: 1, bitrateKbps: 64 },
    constantRate: true,
  });
  const path = createAudioPath({ payloadTypes: new Map([[9, format]]), encoder });
  let tags = 0;
  path.fanOut.add({
    ...{ write: () => void (tags += 1), tick: () => undefined, end: () => undefined },
    describe: () => 'count',
  });
  path.start();
  let packets = 0;
  const play = (count: number): void => {
    for (const end = packets + count; packets < end; packets += 1) {
      const packet = new Uint8Array(RTP_HEADER_SIZE + bytes).map((_, i) => i * 37 + packets * 11);
      const head = { sequence: packets & 0xffff, timestamp: packets * 160, ssrc: 7 };
      buildRtpHeader({ ...head, payloadType: 9, marker: false }, packet);
      path.receive(packet, microsFromMs(packets * 20));
      path.tick(microsFromMs(packets * 20 + 10));
    }
  };
  play(2000);
  const before = tags;

  const views = viewsMadeBy(() => play(500));

  expect(tags - before).toBeGreaterThan(400);
  // Frames of a length that has not been seen before have one made, once in a process.
  expect(views).toBeLessThan(25);
  path.end();
});
