import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { PeerConnection } from '#testkit';

/** What the parent asks, besides the port at the start: the figures since the last time, or all frames until now. */
export type ReaderRequest = 'takeGaps' | 'takeFrames';

/** An AAC frame as it arrived. */
export interface ArrivedFrame {
  /** When its last byte came, on the monotonic clock that all processes share. */
  readonly atMicros: number;
  readonly timestampMs: number;
  /** Raw, without headers, in base64. */
  readonly body: string;
}

/** How even streams have come. */
export interface StreamGaps {
  /** Tags received per stream, by stream key. */
  readonly tags: Readonly<Record<string, number>>;
  /** For every second of every stream the worst gap: the time between two tags less the media time between them. */
  readonly worstMs: readonly number[];
}

/** Answers, in the order of the requests; the first one comes unasked. */
export interface ReaderReply {
  readonly port: number;
  readonly gaps?: StreamGaps;
  readonly frames?: Readonly<Record<string, readonly ArrivedFrame[]>>;
}

interface ReadStream {
  tags: number;
  lastAtMs: number;
  lastTimestampMs: number;
  secondEndsAtMs: number;
  worstMs: number;
  readonly frames: ArrivedFrame[];
}

const AUDIO = 8;
const RAW_AAC = 1;
const HEADER_BYTES = 2;
const KEEPS_FRAMES = process.argv[2] === 'frames';

const streams = new Map<string, ReadStream>();
let worstMs: number[] = [];

const nowMicros = (): number => Number(process.hrtime.bigint() / 1000n);

function newStream(key: string): ReadStream {
  const stream = {
    tags: 0,
    lastAtMs: 0,
    lastTimestampMs: 0,
    secondEndsAtMs: 0,
    worstMs: 0,
    frames: [],
  };
  streams.set(key, stream);
  return stream;
}

/** The gap that matters is counted second by second, so that one bad moment is not drowned by good tags. */
function measure(stream: ReadStream, timestampMs: number, atMs: number): void {
  if (stream.tags > 0) {
    const gapMs = atMs - stream.lastAtMs - (timestampMs - stream.lastTimestampMs);
    stream.worstMs = Math.max(stream.worstMs, gapMs);
    if (atMs >= stream.secondEndsAtMs) {
      worstMs.push(stream.worstMs);
      stream.worstMs = 0;
    }
  }
  if (atMs >= stream.secondEndsAtMs) stream.secondEndsAtMs = atMs + 1000;
  stream.tags += 1;
  stream.lastAtMs = atMs;
  stream.lastTimestampMs = timestampMs;
}

const server = createServer((socket) => {
  let stream: ReadStream | undefined;
  new PeerConnection(
    socket,
    {},
    {
      onStep: () => undefined,
      onCommand: (values) => {
        const [name, , , key] = values;
        if (name === 'publish' && typeof key === 'string') stream = newStream(key);
      },
      onMessage: ({ typeId, timestampMs, payload }) => {
        if (stream === undefined || typeId !== AUDIO || payload[1] !== RAW_AAC) return;
        const atMicros = nowMicros();
        measure(stream, timestampMs, atMicros / 1000);
        if (!KEEPS_FRAMES) return;
        const body = payload.toString('base64', HEADER_BYTES);
        stream.frames.push({ atMicros, timestampMs, body });
      },
    },
  );
  socket.on('close', () => (stream = undefined));
});

function takeGaps(): StreamGaps {
  const gaps = {
    tags: Object.fromEntries([...streams].map(([key, { tags }]) => [key, tags])),
    worstMs,
  };
  worstMs = [];
  return gaps;
}

function tell(rest: Omit<ReaderReply, 'port'>): void {
  process.send?.({ port: (server.address() as AddressInfo).port, ...rest } satisfies ReaderReply);
}

process.on('message', (request: ReaderRequest) => {
  if (request === 'takeGaps') tell({ gaps: takeGaps() });
  else tell({ frames: Object.fromEntries([...streams].map(([key, { frames }]) => [key, frames])) });
});
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => tell({}));
