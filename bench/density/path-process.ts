import { createLibavAacEncoder } from '#adapters/aac-libav';
import { openPublishSession } from '#adapters/rtmp-tcp';
import { RtpPortPool } from '#adapters/udp-node';
import { systemClock, systemRandom, systemTimers } from '#foundation';
import { DeliveryQueue, FanOut, Metronome, createAudioPath } from '#media';
import type { Sink } from '#media';
import type { FlvTag } from '#protocol/flv';
import { parseRtmpUrl } from '#protocol/rtmp';
import type { StreamSettings } from './contender.ts';

/** What the parent asks of this process. */
export type PathRequest = StreamSettings &
  (
    | {
        readonly kind: 'open';
        readonly calls: readonly { readonly sourcePort: number; readonly rtmpUrl: string }[];
      }
    | { readonly kind: 'warmUp'; readonly rtmpBase: string }
  );

/** What it answers. */
export interface PathReply {
  readonly kind: 'done' | 'failed';
  /** The RTP port of each call. */
  readonly ports: readonly number[];
  readonly reason: string;
}

interface CarriedCall {
  readonly port: number;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const SOURCE_RATE = 8000;
const WARM_UP_CALLS = 4;
const WARM_UP_MS = 3000;
const machine = { clock: systemClock, timers: systemTimers, random: systemRandom };
const ports = new RtpPortPool({ host: HOST, range: '20000-29999', ...machine });
const deliveries = new DeliveryQueue();
const metronome = new Metronome({
  ...machine,
  deliveries,
  onFailed: (_, error) => {
    throw error;
  },
});

async function carry(
  { sampleRate, bitrateKbps }: StreamSettings,
  rtmpUrl: string,
  sourcePort: number,
): Promise<CarriedCall> {
  const pair = await ports.bindPair();
  pair.setRemote(HOST, sourcePort);
  const path = createAudioPath({
    payloadTypes: new Map([[0, 'PCMU']]),
    fanOut: new FanOut(deliveries),
    encoder: createLibavAacEncoder({
      sourceRate: SOURCE_RATE,
      sampleRate,
      channels: 1,
      bitrateKbps,
    }),
  });
  pair.onRtp((datagram, now) => path.receive(datagram, now));
  path.start();
  metronome.add(path);
  const session = openPublishSession({
    target: parseRtmpUrl(rtmpUrl),
    metadata: { audiocodecid: 10, audiosamplerate: sampleRate, stereo: false },
    headers: [],
    ...machine,
  });
  await session.ready;
  path.fanOut.add(outletOf((tag) => session.write(tag)));
  return {
    port: pair.port,
    stop: async () => {
      metronome.remove(path);
      path.end();
      await session.close();
      await pair.release();
    },
  };
}

function outletOf(write: (tag: FlvTag) => void): Sink<FlvTag> {
  return { write, tick: () => undefined, end: () => undefined, describe: () => 'rtmp' };
}

async function warmUp(settings: StreamSettings, rtmpBase: string): Promise<void> {
  const calls = await Promise.all(
    Array.from({ length: WARM_UP_CALLS }, (_, i) => carry(settings, `${rtmpBase}/warm-${i}`, 9)),
  );
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
  await Promise.all(calls.map((call) => call.stop()));
}

async function handle(request: PathRequest): Promise<readonly number[]> {
  if (request.kind === 'warmUp') {
    await warmUp(request, request.rtmpBase);
    return [];
  }
  const opened: CarriedCall[] = [];
  for (const { rtmpUrl, sourcePort } of request.calls) {
    opened.push(await carry(request, rtmpUrl, sourcePort));
  }
  return opened.map(({ port }) => port);
}

process.on('message', (request: PathRequest) => {
  const answer = (reply: PathReply): void => void process.send?.(reply);
  handle(request).then(
    (bound) => answer({ kind: 'done', ports: bound, reason: '' }),
    (error: unknown) => answer({ kind: 'failed', ports: [], reason: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
