import { execFileSync } from 'node:child_process';

/** Samples to encode, and how. */
export interface OggEncoding {
  /** Interleaved. */
  readonly samples: Int16Array;
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** What ffmpeg is told about the encoder: `-c:a libopus -b:a 24k`. */
  readonly encoder: string;
}

const RUN = { timeout: 60_000, maxBuffer: 1 << 28 } as const;
const PAGE_HEADER_BYTES = 27;
const FULL_SEGMENT = 255;
/** Identification and comment; Opus and Speex have no others. */
const HEADER_PACKETS = 2;

/** Lets ffmpeg encode into an Ogg file (Opus or Speex). */
export function encodeOgg({ samples, sampleRate, channels, encoder }: OggEncoding): Uint8Array {
  const input = `-f s16le -ar ${sampleRate} -ac ${channels} -i pipe:0`.split(' ');
  const output = [...encoder.split(' '), '-f', 'ogg', 'pipe:1'];
  return execFileSync('ffmpeg', ['-v', 'error', ...input, ...output], {
    ...RUN,
    input: new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength),
  });
}

/** Lets ffmpeg decode an Ogg file with the decoder named. */
export function decodeOgg(file: Uint8Array, decoder: string, sampleRate: number): Int16Array {
  const input = ['-v', 'error', '-c:a', decoder, '-i', 'pipe:0'];
  const output = ['-ar', String(sampleRate), '-f', 's16le', 'pipe:1'];
  const bytes = execFileSync('ffmpeg', [...input, ...output], { ...RUN, input: file });
  return new Int16Array(Uint8Array.from(bytes).buffer);
}

/** The packets of an Ogg file that hold sound (RFC 3533 section 6), as they would travel in RTP. */
export function oggPackets(file: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  let at = 0;
  while (at < file.length) {
    const segmentCount = file[at + PAGE_HEADER_BYTES - 1] ?? 0;
    const sizes = file.subarray(at + PAGE_HEADER_BYTES, at + PAGE_HEADER_BYTES + segmentCount);
    at += PAGE_HEADER_BYTES + segmentCount;
    for (const size of sizes) {
      parts.push(file.subarray(at, at + size));
      at += size;
      if (size === FULL_SEGMENT) continue;
      packets.push(Uint8Array.from(Buffer.concat(parts)));
      parts = [];
    }
  }
  return packets.slice(HEADER_PACKETS);
}

/** Someone reads a text aloud (espeak-ng), at the rate asked for. */
export function speak(text: string, sampleRate: number): Int16Array {
  const wav = execFileSync('espeak-ng', ['--stdout', '-s', '150', text], RUN);
  const output = ['-ar', String(sampleRate), '-ac', '1', '-f', 's16le', 'pipe:1'];
  const bytes = execFileSync('ffmpeg', ['-v', 'error', '-i', 'pipe:0', ...output], {
    ...RUN,
    input: wav,
  });
  return new Int16Array(Uint8Array.from(bytes).buffer);
}
