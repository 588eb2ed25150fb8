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

/** RFC 3533 appendix A: the polynomial of the checksum. */
const OGG_POLYNOMIAL = 0x04c11db7;
const OPUS_TAGS = Buffer.from('OpusTags\u0004\0\0\0test\0\0\0\0', 'latin1');
const CHECKSUM_AT = 22;
const PAGE = { plain: 0, first: 2, last: 4 } as const;

/**
 * Wraps Opus packets into an Ogg file (RFC 7845), a page for each.
 *
 * @param samplesOf How much a packet plays, at 48 kHz.
 */
export function wrapOpus(
  head: Uint8Array,
  packets: readonly Uint8Array[],
  samplesOf: (packet: Uint8Array) => number,
): Uint8Array {
  let position = 0;
  const sounding = packets.map((packet, at) => {
    position += samplesOf(packet);
    const kind = at === packets.length - 1 ? PAGE.last : PAGE.plain;
    return oggPage({ packet, kind, position, number: at + HEADER_PACKETS });
  });
  return Buffer.concat([
    oggPage({ packet: head, kind: PAGE.first, position: 0, number: 0 }),
    oggPage({ packet: OPUS_TAGS, kind: PAGE.plain, position: 0, number: 1 }),
    ...sounding,
  ]);
}

function oggPage(page: {
  readonly packet: Uint8Array;
  readonly kind: number;
  readonly position: number;
  readonly number: number;
}): Uint8Array {
  const { packet, kind, position, number } = page;
  const fullSegments = Math.floor(packet.length / FULL_SEGMENT);
  const sizes = [...Array<number>(fullSegments).fill(FULL_SEGMENT), packet.length % FULL_SEGMENT];
  const header = Buffer.alloc(PAGE_HEADER_BYTES);
  header.write('OggS', 'latin1');
  header.writeUInt8(kind, 5);
  header.writeBigInt64LE(BigInt(position), 6);
  header.writeUInt32LE(1, 14);
  header.writeUInt32LE(number, 18);
  header.writeUInt8(sizes.length, PAGE_HEADER_BYTES - 1);
  const bytes = Buffer.concat([header, Buffer.from(sizes), packet]);
  bytes.writeUInt32LE(oggChecksum(bytes), CHECKSUM_AT);
  return bytes;
}

function oggChecksum(bytes: Uint8Array): number {
  let rest = 0;
  for (const byte of bytes) {
    rest ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) rest = rest < 0 ? (rest << 1) ^ OGG_POLYNOMIAL : rest << 1;
  }
  return rest >>> 0;
}
