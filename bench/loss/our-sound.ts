import { writeFile } from 'node:fs/promises';
import { createWasmAacEncoder } from '#adapters/aac-wasm';
import { createAudioPath } from '#media';
import type { AudioFormat, Sink } from '#media';
import { buildFlvFileHeader, buildFlvFileTag } from '#protocol/flv';
import type { FlvTag } from '#protocol/flv';
import { playDeliveries } from '#testkit';
import type { Delivery } from '#testkit';

const PCMU: AudioFormat = { codec: 'PCMU', clockRate: 8000, channels: 1 };

/** The stream that our path makes of what arrives, in virtual time, as an FLV file. */
export async function writeOurStream(deliveries: readonly Delivery[], path: string): Promise<void> {
  const parts: Uint8Array[] = [buildFlvFileHeader({ hasAudio: true, hasVideo: false })];
  const file: Sink<FlvTag> = {
    write: (tag) => void parts.push(buildFlvFileTag(tag)),
    tick: () => undefined,
    end: () => undefined,
    describe: () => 'file',
  };
  const encoder = createWasmAacEncoder({
    sourceRate: 8000,
    sampleRate: 44_100,
    channels: 1,
    bitrateKbps: 64,
  });
  const audio = createAudioPath({ payloadTypes: new Map([[0, PCMU]]), encoder });
  audio.fanOut.add(file);
  audio.start();
  playDeliveries(audio, deliveries, { untilMs: (deliveries.at(-1)?.atMs ?? 0) + 1000 });
  audio.end();
  await writeFile(path, Buffer.concat(parts));
}
