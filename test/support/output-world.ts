import { onTestFinished } from 'vitest';
import type { NewEvent } from '#domain';
import { aacSequenceHeaderTag } from '#protocol/flv';
import { RtmpPeer, SeededRandom, VirtualTime } from '#testkit';
import type { PeerBehaviour, PeerPlace, PeerTag } from '#testkit';
import { rtmpOutlets } from '../../apps/worker/src/calls/rtmp-outlet.ts';
import type { OutletTools } from '../../apps/worker/src/calls/rtmp-outlet.ts';
import { bringUp, sessionWorld, settle } from './session-world.ts';
import type { SessionWorldOptions } from './session-world.ts';

/** One frame of AAC at 44.1 kHz, roughly. */
const FRAME_MS = 23;
/** In which everything that was sent over loopback has arrived and was answered. */
const TURNS = 12;

const FOR_DAYS = { maxSeconds: 1_000_000, mediaTimeoutSeconds: 1_000_000 };

/** An event of the call, and when it was written. */
export interface TimedEvent {
  readonly atMs: number;
  readonly event: NewEvent;
}

export interface OutputWorldOptions extends SessionWorldOptions {
  readonly behaviours?: readonly PeerBehaviour[];
  /** Where the servers listen. Default: on ports of 127.0.0.1. */
  readonly places?: readonly PeerPlace[];
  readonly tools?: Partial<OutletTools>;
  /** Bytes of every frame. Default: 60. */
  readonly frameBytes?: number;
}

/**
 * A call that is up, among fakes, whose outputs go over real sockets to servers of the test, all in virtual time: it
 * stands still until what was sent has arrived.
 */
export async function outputWorld({
  behaviours = [{}],
  places = [],
  tools,
  frameBytes = 60,
  ...options
}: OutputWorldOptions = {}) {
  const time = new VirtualTime();
  const peers = await Promise.all(
    behaviours.map((behaviour, i) => RtmpPeer.start(behaviour, { timers: time, ...places[i] })),
  );
  for (const peer of peers) onTestFinished(() => peer.stop());
  const world = sessionWorld({
    urls: peers.map((peer) => peer.url('live', '').slice(0, -1)),
    time,
    openOutlet: rtmpOutlets({
      clock: time,
      timers: time,
      random: new SeededRandom(3),
      trust: undefined,
      allowPrivateTargets: true,
      ...tools,
    }),
    limits: FOR_DAYS,
    ...options,
  });
  const { media, ledger, lease } = world;
  const events: TimedEvent[] = [];
  const counts = new Map<string, number>();
  const nowMs = (): number => time.nowMicros() / 1000;
  const arrive = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn++) {
      await new Promise((next) => setImmediate(next));
      await settle();
    }
    const written = ledger.changes.flatMap((change) => change.events);
    for (const event of written.slice(events.length)) {
      events.push({ atMs: nowMs(), event });
      counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
    }
  };
  let dueMs = 0;
  /** Moves time on, with a frame of the call's sound every 23 ms; its body says when it was made. */
  const pass = async (ms: number, stepMs = 250): Promise<void> => {
    const endMs = nowMs() + ms;
    while (nowMs() < endMs) {
      lease.extend(time.nowMicros());
      time.advance(Math.min(stepMs, endMs - nowMs()));
      for (; dueMs <= nowMs(); dueMs += FRAME_MS) media.emit(dueMs, madeAt(dueMs, frameBytes));
      media.header = aacSequenceHeaderTag(Uint8Array.of(0x12, 0x08), dueMs);
      await arrive();
    }
  };
  const until = async (holds: () => boolean, limitMs: number, stepMs = 250): Promise<number> => {
    const startMs = nowMs();
    while (!holds()) {
      if (nowMs() - startMs > limitMs) throw new Error(`not within ${limitMs} ms of the call`);
      await pass(stepMs, stepMs);
    }
    return nowMs() - startMs;
  };
  const count = (type: string): number => counts.get(type) ?? 0;
  /** Of a long run nothing is kept but the counts. */
  const forget = (): void => {
    events.length = 0;
    ledger.changes.length = 0;
  };
  await bringUp(world);
  await arrive();
  const [peer] = peers;
  if (peer === undefined) throw new Error('a world needs a server');
  return { ...world, peer, peers, events, nowMs, arrive, pass, until, count, forget };
}

const madeAt = (ms: number, sizeBytes: number): Uint8Array<ArrayBuffer> => {
  const body = new Uint8Array(sizeBytes);
  body.set([0xaf, 1]);
  new DataView(body.buffer).setUint32(2, ms);
  return body;
};

/** When the call has made the frame in a tag, in milliseconds of its time. */
export const madeAtMs = ({ body }: PeerTag): number => body.readUInt32BE(2);

/** A call with outputs to servers of the test. */
export type OutputWorld = Awaited<ReturnType<typeof outputWorld>>;

/** Whether an output has ever published. */
export const onAir = (world: OutputWorld): boolean => world.count('output.publishing') > 0;
