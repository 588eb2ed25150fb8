import { describe, expect, it } from 'vitest';
import { Secret, micros, silentLogger } from '#foundation';
import type { Micros } from '#foundation';
import { Fault, IdFactory, verdictOf } from '#domain';
import type {
  CallChange,
  CallLedger,
  CallRecord,
  ClaimedCall,
  Dialer,
  DialRequest,
  Leg,
  LegObserver,
  OutputRecord,
} from '#domain';
import type { FlvTag } from '#protocol/flv';
import { buildAnswer } from '#protocol/sdp';
import type { LocalAudio, NegotiatedAudio } from '#protocol/sdp';
import { SeededRandom, VirtualTime } from '#testkit';
import { CallSession } from './call-session.ts';
import { Lease } from './lease.ts';
import type { CallMedia, Outlet } from './ports.ts';

const CALLEE: LocalAudio = {
  address: '127.0.0.1',
  port: 40_000,
  codecs: ['PCMU'],
  direction: 'sendrecv',
  ptimeMs: 20,
  sessionId: '7',
  version: 1,
};

class FakeLedger implements Partial<CallLedger> {
  readonly changes: CallChange[] = [];
  /** What the next commits do; taken in when there is none. */
  readonly script: (boolean | Error)[] = [];

  commit(change: CallChange): Promise<boolean> {
    const next = this.script.shift() ?? true;
    if (next instanceof Error) return Promise.reject(next);
    if (next) this.changes.push(change);
    return this.gate.then(() => next);
  }

  /** Commits are answered when it opens. */
  gate: Promise<void> = Promise.resolve();

  /** As it stands in the database. */
  storedVersion = 0;

  versionOf(): Promise<number> {
    return Promise.resolve(this.storedVersion);
  }

  get events(): string[] {
    return this.changes.flatMap((change) => change.events.map((event) => event.type));
  }
}

class FakeDialer implements Dialer {
  readonly isConnected = true;
  dials = 0;
  request!: DialRequest;
  observer!: LegObserver;
  hangUps = 0;
  endsOnHangUp = true;

  dial(request: DialRequest, observer: LegObserver): Leg {
    this.dials++;
    this.request = request;
    this.observer = observer;
    return {
      hangUp: () => {
        this.hangUps++;
        if (this.endsOnHangUp) observer.ended({ kind: 'hungUp' });
        return Promise.resolve();
      },
    };
  }

  endOrphan(): Promise<'ended'> {
    return Promise.resolve('ended');
  }
}

class FakeMedia implements CallMedia {
  readonly localPort = 30_000;
  readonly localRtcpPort = 30_001;
  readonly metadata = { audiocodecid: 10 };
  readonly done: string[] = [];
  lastPacketMicros: Micros = micros(0);
  readonly #sinks = new Set<(tag: FlvTag) => void>();

  constructor(private readonly time: VirtualTime) {}

  break!: (fault: Fault) => void;

  start(_: NegotiatedAudio, onBroken: (fault: Fault) => void): void {
    this.done.push('start');
    this.break = onBroken;
  }

  change = (): void => void this.done.push('change');
  hold = (): void => void this.done.push('hold');
  resume(): void {
    this.done.push('resume');
    this.lastPacketMicros = this.time.nowMicros();
  }

  stop = (): void => void this.done.push('stop');
  describe = (): string => 'fake';

  attach(write: (tag: FlvTag) => void): () => void {
    this.#sinks.add(write);
    return () => void this.#sinks.delete(write);
  }

  emit(timestampMs: number): void {
    for (const write of this.#sinks) {
      write({ kind: 'audio', timestampMs, body: new Uint8Array(1), isSequenceHeader: false });
    }
  }
}

class FakeOutlet implements Outlet {
  readonly tags: FlvTag[] = [];
  closes = 0;
  destroys = 0;
  accept!: () => void;
  break!: (fault: Fault | undefined) => void;
  readonly ready = new Promise<void>((resolve) => (this.accept = resolve));
  readonly ended = new Promise<Fault | undefined>((resolve) => (this.break = resolve));

  write = (tag: FlvTag): void => void this.tags.push(tag);
  destroy = (): void => {
    this.destroys++;
  };
  close(): Promise<void> {
    this.closes++;
    this.break(undefined);
    return Promise.resolve();
  }
}

/** Lets every promise that can settle settle. */
const settle = async (): Promise<void> => {
  for (let round = 0; round < 50; round++) await Promise.resolve();
};

function setup(
  options: { outputs?: number; isStopRequested?: boolean; holdsPorts?: boolean } = {},
) {
  const time = new VirtualTime();
  const ids = new IdFactory(() => 1, new SeededRandom(1));
  const outputs = Array.from({ length: options.outputs ?? 1 }, (_, index): OutputRecord => ({
    id: ids.outputId(),
    url: `rtmp://127.0.0.1/live${index}`,
    maskedKey: '…',
    state: 'idle',
    attempts: 0,
    nextRetryAt: null,
    publishedAt: null,
    fault: null,
  }));
  const record: CallRecord = {
    id: ids.callId(),
    callId: 'c',
    appKey: 'default',
    state: 'claimed',
    version: 3,
    epoch: 1,
    node: ids.nodeId(),
    spec: {
      to: 'sip:room@127.0.0.1',
      from: { user: 'me' },
      auth: { username: 'me' },
      media: {
        direction: 'recvonly',
        audio: { codecs: ['PCMU', 'PCMA'], sampleRate: 44100, bitrateKbps: 64 },
      },
      limits: { ringSeconds: 60, maxSeconds: 100, mediaTimeoutSeconds: 30 },
    },
    metadata: {},
    outputs,
    verdict: null,
    sipStatus: 0,
    mediaPath: null,
    leg: null,
    failovers: 0,
    stopRequestedAt: options.isStopRequested === true ? new Date(0) : null,
    createdAt: new Date(0),
    answeredAt: null,
    endedAt: null,
  };
  const call: ClaimedCall = {
    record,
    secrets: {
      sipPassword: new Secret('pw'),
      streamKeys: new Map(),
      urlCredentials: new Map(),
    },
  };
  const ledger = new FakeLedger();
  const dialer = new FakeDialer();
  const media = new FakeMedia(time);
  const outlets: FakeOutlet[] = [];
  const lease = new Lease(time, time.nowMicros());
  let bind = (): void => undefined;
  const bound =
    options.holdsPorts === true
      ? new Promise<void>((resolve) => (bind = resolve))
      : Promise.resolve();
  const session = new CallSession(call, lease, {
    ledger: ledger as unknown as CallLedger,
    announcer: { announceEvents: () => undefined, announceCommand: () => undefined },
    dialer,
    openMedia: () => bound.then(() => media),
    openOutlet: () => () => {
      const outlet = new FakeOutlet();
      outlets.push(outlet);
      return outlet;
    },
    mediaAddress: '127.0.0.1',
    clock: time,
    timers: time,
    random: new SeededRandom(2),
    logger: silentLogger,
  });
  let isDone = false;
  void session.done.then(() => (isDone = true));
  /** Moves time on while the lease is renewed, as the roster does. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 1_000) {
      lease.extend(time.nowMicros());
      time.advance(Math.min(left, 1_000));
      await settle();
    }
  };
  return {
    time,
    pass,
    ledger,
    dialer,
    media,
    outlets,
    lease,
    session,
    bind: () => bind(),
    isDone: () => isDone,
  };
}

type World = ReturnType<typeof setup>;

async function bringUp(world: World): Promise<void> {
  world.session.start();
  await settle();
  world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
  world.dialer.observer.rang();
  world.dialer.observer.answered(buildAnswer(world.dialer.request.sdpOffer, CALLEE).sdp);
  await settle();
}

const verdictCode = (world: World): string | undefined =>
  world.ledger.changes.at(-1)?.call.verdict?.code;

describe('a call session', () => {
  it('goes from the claim to the air, and stores the dialog before it is answered', async () => {
    const world = setup();

    await bringUp(world);
    world.outlets[0]?.accept();
    await settle();
    world.media.emit(1_000);
    world.media.emit(1_023);

    expect(world.ledger.events).toEqual([
      'call.dialing',
      'call.ringing',
      'call.answered',
      'output.connecting',
      'output.publishing',
    ]);
    expect(world.ledger.changes[0]?.call.leg?.dialogId).toBe('d');
    expect(world.ledger.changes.map((change) => change.version)).toEqual([3, 4, 5, 6, 7, 8]);
    expect(world.dialer.request.auth?.password.reveal()).toBe('pw');
    expect(world.outlets[0]?.tags.map((tag) => tag.timestampMs)).toEqual([0, 23]);
  });

  it('ends in one terminal event when the callee hangs up, outputs first', async () => {
    const world = setup();
    await bringUp(world);
    world.outlets[0]?.accept();
    await settle();

    world.dialer.observer.ended({ kind: 'peerLeft', detail: 'BYE' });
    await settle();

    expect(world.ledger.events.slice(-3)).toEqual(['call.ending', 'output.closed', 'call.ended']);
    expect(world.ledger.changes.at(-1)?.call.verdict).toEqual(
      verdictOf('completed', 'CALL_PEER_LEFT', 'BYE'),
    );
    expect(world.outlets[0]?.closes).toBe(1);
    expect(world.media.done.at(-1)).toBe('stop');
    expect(world.isDone()).toBe(true);
    expect(world.time.pendingCount).toBe(0);
  });

  it('is canceled by a command while it rings', async () => {
    const world = setup();
    world.session.start();
    await settle();
    world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
    world.dialer.observer.rang();
    await settle();

    world.session.stop();
    await settle();

    expect(world.dialer.hangUps).toBe(1);
    expect(verdictCode(world)).toBe('CALL_CANCELED');
    expect(world.ledger.events.filter((event) => event === 'call.ended')).toHaveLength(1);
  });

  it('keeps its first verdict when a second cause follows', async () => {
    const world = setup();
    world.dialer.endsOnHangUp = false;
    await bringUp(world);

    world.session.stop();
    world.dialer.observer.ended({ kind: 'failed', fault: new Fault('SIP_SIGNALLING_LOST') });
    await settle();

    expect(verdictCode(world)).toBe('CALL_HUNG_UP');
  });

  it('fails with the verdict of the dialer', async () => {
    const world = setup();
    world.session.start();
    await settle();

    const fault = new Fault('SIP_BUSY', { detail: '486 Busy Here' });
    world.dialer.observer.ended({ kind: 'failed', fault });
    await settle();

    expect(world.ledger.changes.at(-1)?.call.verdict?.detail).toBe('486 Busy Here');
    expect(world.isDone()).toBe(true);
  });

  it('fails when the answer has no codec of ours', async () => {
    const world = setup();
    world.session.start();
    await settle();

    world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
    world.dialer.observer.answered(
      'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\n',
    );
    await settle();

    expect(verdictCode(world)).toBe('SDP_NO_COMMON_CODEC');
    expect(world.dialer.hangUps).toBe(1);
  });

  it('ends after its longest duration', async () => {
    const world = setup();
    await bringUp(world);
    world.outlets[0]?.accept();

    for (let second = 0; second < 101; second++) {
      world.media.lastPacketMicros = world.time.nowMicros();
      await world.pass(1_000);
    }

    expect(verdictCode(world)).toBe('CALL_MAX_DURATION');
  });

  it('fails when no media comes, but not on hold', async () => {
    const world = setup();
    await bringUp(world);
    const held = buildAnswer(world.dialer.request.sdpOffer, { ...CALLEE, direction: 'recvonly' });
    world.dialer.observer.reoffered(
      held.sdp.replace(/a=(sendrecv|recvonly|sendonly|inactive)/, 'a=inactive'),
    );
    await world.pass(40_000);
    expect(world.session.state).toBe('held');

    world.dialer.observer.reoffered(buildAnswer(world.dialer.request.sdpOffer, CALLEE).sdp);
    await world.pass(29_000);
    expect(world.session.state).toBe('up');
    await world.pass(3_000);

    expect(verdictCode(world)).toBe('RTP_SILENT');
  });

  it('fails when its media path breaks', async () => {
    const world = setup();
    await bringUp(world);

    world.media.break(new Fault('MEDIA_FAILED'));
    await settle();

    expect(verdictCode(world)).toBe('MEDIA_FAILED');
    expect(world.dialer.hangUps).toBe(1);
  });

  it('keeps the leg while the RTMP server is away, and comes back with timestamps from 0', async () => {
    const world = setup();
    await bringUp(world);
    world.outlets[0]?.accept();
    await settle();
    world.media.emit(5_000);

    world.outlets[0]?.break(new Fault('RTMP_LOST'));
    await settle();
    expect(world.session.state).toBe('up');
    world.media.lastPacketMicros = world.time.nowMicros();
    await world.pass(2_000);
    world.outlets[1]?.accept();
    await settle();
    world.media.emit(9_000);

    expect(world.outlets).toHaveLength(2);
    expect(world.outlets[1]?.tags.map((tag) => tag.timestampMs)).toEqual([0]);
    expect(world.ledger.events.slice(-3)).toEqual([
      'output.interrupted',
      'output.connecting',
      'output.publishing',
    ]);
  });

  it('fails when its only output is refused for good', async () => {
    const world = setup();
    await bringUp(world);

    world.outlets[0]?.break(new Fault('RTMP_REFUSED'));
    await settle();

    expect(verdictCode(world)).toBe('RTMP_REFUSED');
    expect(world.dialer.hangUps).toBe(1);
  });

  it('asks a server that accepts and drops again and again less and less often', async () => {
    const world = setup();
    await bringUp(world);

    for (let round = 0; round < 4; round++) {
      world.outlets.at(-1)?.accept();
      await settle();
      world.outlets.at(-1)?.break(new Fault('RTMP_LOST'));
      await settle();
      for (let second = 0; second < 12 && world.outlets.length === round + 1; second++) {
        world.media.lastPacketMicros = world.time.nowMicros();
        await world.pass(1_000);
      }
    }

    const waits = world.ledger.changes.flatMap((change) =>
      [...change.outputs.values()].flatMap((output) => output.nextRetryAt?.getTime() ?? []),
    );
    const delays = waits.slice(1).map((at, index) => at - (waits[index] ?? 0));
    expect(delays[2]).toBeGreaterThan(2 * (delays[0] ?? 0));
  });

  it('fails at once when a node before it has failed every output', async () => {
    const world = setup({ outputs: 0 });

    world.session.start();
    await settle();

    expect(verdictCode(world)).toBe('RTMP_REFUSED');
    expect(world.dialer.dials).toBe(0);
  });

  it('goes back to the queue when the signalling server is lost under it', async () => {
    const world = setup();
    await bringUp(world);

    world.dialer.observer.ended({ kind: 'failed', fault: new Fault('SIP_SIGNALLING_LOST') });
    await settle();

    expect(world.ledger.changes.at(-1)?.call.state).toBe('queued');
    expect(world.ledger.events.at(-1)).toBe('call.failed_over');
    expect(world.isDone()).toBe(true);
  });

  it('goes on when one of two outputs is refused', async () => {
    const world = setup({ outputs: 2 });
    await bringUp(world);
    world.outlets[1]?.accept();

    world.outlets[0]?.break(new Fault('RTMP_REFUSED'));
    await settle();

    expect(world.session.state).toBe('up');
    expect(world.ledger.events).toContain('output.failed');
  });

  it('falls silent at once when another node owns the call', async () => {
    const world = setup();
    await bringUp(world);
    world.outlets[0]?.accept();
    await settle();
    const written = world.ledger.changes.length;

    world.ledger.script.push(false);
    world.dialer.observer.ended({ kind: 'peerLeft', detail: 'BYE' });
    await settle();
    world.session.stop();
    await settle();

    expect(world.ledger.changes).toHaveLength(written);
    expect(world.outlets[0]?.destroys).toBe(1);
    expect(world.media.done.at(-1)).toBe('stop');
    expect(world.isDone()).toBe(true);
    expect(world.time.pendingCount).toBe(0);
  });

  it('writes again what the database could not take, while the lease lasts', async () => {
    const world = setup();
    world.session.start();
    await settle();

    world.ledger.script.push(new Error('away'), new Error('away'));
    world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
    await settle();
    await world.pass(3_000);

    expect(world.ledger.events).toEqual(['call.dialing']);
  });

  it('goes on when the database has written a step and lost the answer', async () => {
    const world = setup();
    world.session.start();
    await settle();

    world.ledger.script.push(new Error('connection lost'), false);
    world.ledger.storedVersion = 4;
    world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
    await settle();
    await world.pass(1_000);
    world.dialer.observer.rang();
    await settle();

    expect(world.isDone()).toBe(false);
    expect(world.session.state).toBe('ringing');
    expect(world.ledger.changes.at(-1)?.version).toBe(4);
  });

  it('is fenced when the database stays away longer than the lease', async () => {
    const world = setup();
    world.session.start();
    await settle();

    world.ledger.script.push(...Array.from({ length: 100 }, () => new Error('away')));
    world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
    for (let step = 0; step < 60; step++) {
      world.time.advance(100);
      await settle();
    }

    expect(world.isDone()).toBe(true);
    expect(world.dialer.hangUps).toBe(1);
  });

  it('does not dial when the lease is lost while its ports are bound', async () => {
    const world = setup({ holdsPorts: true });
    world.session.start();
    await settle();

    world.session.fence();
    world.bind();
    await settle();

    expect(world.dialer.dials).toBe(0);
    expect(world.media.done.at(-1)).toBe('stop');
    expect(world.time.pendingCount).toBe(0);
  });

  it('starts nothing when it is fenced while the answer is written', async () => {
    const world = setup();
    world.session.start();
    await settle();
    world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
    await settle();
    let open = (): void => undefined;
    world.ledger.gate = new Promise<void>((resolve) => (open = resolve));
    world.dialer.observer.answered(buildAnswer(world.dialer.request.sdpOffer, CALLEE).sdp);
    await settle();

    world.session.fence();
    open();
    await settle();

    expect(world.media.done).toEqual(['stop']);
    expect(world.isDone()).toBe(true);
    expect(world.time.pendingCount).toBe(0);
  });

  it('is given up when a step can never be written', async () => {
    const world = setup();
    await bringUp(world);

    world.ledger.script.push(...Array.from({ length: 100 }, () => new Error('invalid json')));
    world.dialer.observer.ended({ kind: 'peerLeft', detail: 'BYE' });
    for (let round = 0; round < 20; round++) await world.pass(200);

    expect(world.isDone()).toBe(true);
    expect(world.time.pendingCount).toBe(0);
  });

  it('does not dial when a node before it was asked to stop the call', async () => {
    const world = setup({ isStopRequested: true });

    world.session.start();
    await settle();

    expect(world.dialer.dials).toBe(0);
    expect(verdictCode(world)).toBe('CALL_CANCELED');
    expect(world.isDone()).toBe(true);
  });

  it('writes nothing more once it has given the call back', async () => {
    const world = setup();
    world.dialer.endsOnHangUp = false;
    await bringUp(world);
    await world.session.handOver();
    const written = world.ledger.changes.length;

    world.dialer.observer.ended({ kind: 'failed', fault: new Fault('SIP_SIGNALLING_LOST') });
    world.session.stop();
    await settle();

    expect(world.ledger.changes).toHaveLength(written);
  });

  it('passes over a deadline of the state that a slow step has just left', async () => {
    const world = setup();
    world.session.start();
    await settle();
    let open = (): void => undefined;
    world.ledger.gate = new Promise<void>((resolve) => (open = resolve));
    world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
    await settle();

    await world.pass(16_000);
    open();
    await settle();

    expect(world.session.state).toBe('dialing');
    expect(world.ledger.events).toEqual(['call.dialing']);
  });

  it('gives the call back to the queue when its node shuts down', async () => {
    const world = setup();
    await bringUp(world);
    world.outlets[0]?.accept();
    await settle();

    await world.session.handOver();

    const last = world.ledger.changes.at(-1);
    expect(last?.call).toEqual({ leg: null, state: 'queued' });
    expect([...(last?.outputs.values() ?? [])]).toEqual([{ state: 'idle', nextRetryAt: null }]);
    expect(world.ledger.events.at(-1)).toBe('call.failed_over');
    expect(world.dialer.hangUps).toBe(1);
    expect(world.outlets[0]).toMatchObject({ closes: 1, destroys: 0 });
    expect(world.time.pendingCount).toBe(0);
  });
});
