import { createRequire } from 'node:module';

/** The parts of the optional package node-av that are used: FFmpeg's reader of FLV, newer than that of the machine. */
interface LibavFormat {
  readonly FormatContext: new () => {
    openInput(path: string, format: null, options: null): Promise<number>;
    findStreamInfo(options: null): Promise<number>;
    readFrame(packet: object): Promise<number>;
    closeInput(): Promise<void>;
    readonly streams: readonly {
      readonly codecpar: {
        readonly codecId: number;
        readonly sampleRate: number;
        readonly channels: number;
        readonly extradata: Buffer | null;
      };
    }[];
  };
  readonly Packet: new () => {
    alloc(): void;
    unref(): void;
    free(): void;
    readonly pts: bigint;
    readonly data: Buffer | null;
  };
}

/** FFmpeg as node-av brings it; undefined where that is not installed. */
export function libavFormat(): LibavFormat | undefined {
  try {
    return createRequire(import.meta.url)('node-av/lib') as LibavFormat;
  } catch {
    return undefined;
  }
}

/** What FFmpeg finds in the one stream of an FLV file. @throws Error when it cannot be opened. */
export async function readByLibav({ FormatContext, Packet }: LibavFormat, path: string) {
  const input = new FormatContext();
  if ((await input.openInput(path, null, null)) < 0) throw new Error('FFmpeg cannot open it');
  await input.findStreamInfo(null);
  const [stream] = input.streams;
  const { codecId, sampleRate, channels, extradata } = stream?.codecpar ?? {};
  const packet = new Packet();
  packet.alloc();
  const packets: { readonly atMs: number; readonly hex: string | undefined }[] = [];
  while ((await input.readFrame(packet)) >= 0) {
    packets.push({ atMs: Number(packet.pts), hex: packet.data?.toString('hex') });
    packet.unref();
  }
  packet.free();
  await input.closeInput();
  return { codecId, sampleRate, channels, head: extradata?.toString('hex'), packets };
}
