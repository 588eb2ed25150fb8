import { describe, expect, it } from 'vitest';
import { silentLogger } from '#foundation';
import { Admission, IdFactory } from '#domain';
import type { CallId, CallLedger, CallState, ClaimedCall, DialJob } from '#domain';
import { SeededRandom, VirtualTime } from '#testkit';
import { LoadWatch } from '../node/load-watch.ts';
import { CallIntake } from './call-intake.ts';
import { CallRoster } from './call-roster.ts';
import type { RosterSession } from './call-roster.ts';
import type { Lease } from './lease.ts';

const ids = new IdFactory(() => 1, new SeededRandom(1));
const NODE = ids.nodeId();
const SPEC = { media: { audio: { codecs: ['PCMU'], sampleRate: 44_100, bitrateKbps: 64 } } };

class FakeSession implements RosterSession {
  readonly appKey = 'default';
  readonly epoch = 1;
  state: CallState = 'claimed';
  isFenced = false;
  /** How often it was. */
  fences = 0;
  /** It takes a while until it is done, whatever ends it. */
  isSlow = false;
  finish!: () => void;
  readonly done = new Promise<void>((resolve) => (this.finish = resolve));

  constructor(
    readonly id: CallId,
    readonly lease: Lease,
  ) {}

  start = (): void => undefined;
  stop = (): void => undefined;
  press = (): Promise<void> => Promise.resolve();
  mute = (): Promise<void> => Promise.resolve();
  hold = (): Promise<void> => Promise.resolve();
  transfer = (): Promise<void> => Promise.resolve();
  stats = () => undefined;
  readonly source = undefined;
  costUnits = 1;
  addOutput = (): void => undefined;
  removeOutput = (): Promise<void> => Promise.resolve();
  retryOutput = (): Promise<void> => Promise.resolve();

  fence(): void {
    this.isFenced = true;
    this.fences += 1;
    if (!this.isSlow) this.finish();
  }

  handOver(): Promise<void> {
    this.state = 'queued';
    if (!this.isSlow) this.finish();
    return this.done;
  }
}

const settle = async (): Promise<void> => {
  for (let round = 0; round < 20; round++) await Promise.resolve();
};

function setup(capacity = 10) {
  const time = new VirtualTime();
  const sessions: FakeSession[] = [];
  const queued: DialJob[] = [];
  const errors: string[] = [];
  const ledger = {
    renews: 0,
    lost: new Set<CallId>(),
    isAway: false,
    claimed: Promise.resolve(),
    claim: (id: CallId) =>
      ledger.claimed.then(
        () => ({ record: { id, spec: SPEC, outputs: [{}] } }) as unknown as ClaimedCall,
      ),
    renew: (_: unknown, held: ReadonlySet<CallId>): Promise<ReadonlySet<CallId>> => {
      ledger.renews++;
      if (ledger.isAway) return Promise.reject(new Error('away'));
      return Promise.resolve(new Set([...held].filter((id) => !ledger.lost.has(id))));
    },
  };
  const admission = new Admission({ capacity, followsLoad: true });
  const roster = new CallRoster({
    node: NODE,
    admission,
    ledger: ledger as unknown as CallLedger,
    queue: {
      enqueueDial: (job) => {
        queued.push(job);
        return Promise.resolve();
      },
    },
    clock: time,
    timers: time,
    logger: { ...silentLogger, error: (event) => void errors.push(event) },
    openSession: (call, lease) => {
      const session = new FakeSession(call.record.id, lease);
      sessions.push(session);
      return session;
    },
  });
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 100) {
      time.advance(100);
      await settle();
    }
  };
  return { time, pass, sessions, queued, errors, ledger, roster, admission };
}

describe('the roster of a node', () => {
  it('keeps leases while the database answers, in one statement for all', async () => {
    const { roster, sessions, ledger, pass } = setup();
    await roster.start();
    await roster.take(ids.callId(), 0);
    await roster.take(ids.callId(), 0);

    await pass(60_000);

    expect(ledger.renews).toBe(30);
    expect(sessions.map((session) => session.isFenced)).toEqual([false, false]);
  });

  it('fences a call that another node owns, and keeps the others', async () => {
    const { roster, sessions, ledger, pass } = setup();
    await roster.start();
    const lost = ids.callId();
    await roster.take(lost, 0);
    await roster.take(ids.callId(), 0);

    ledger.lost.add(lost);
    await pass(2_500);

    expect(sessions.map((session) => session.isFenced)).toEqual([true, false]);
    expect(roster.size).toBe(1);
  });

  it('tells once that a lease is lost, however long the session takes to be done', async () => {
    const { roster, sessions, ledger, errors, pass } = setup();
    await roster.start();
    const lost = ids.callId();
    await roster.take(lost, 0);
    sessions[0]!.isSlow = true;

    ledger.lost.add(lost);
    await pass(8_000);

    expect(errors).toEqual(['lease.lost']);
    expect(sessions[0]?.fences).toBe(1);
  });

  it.each(['queued', 'ended'] as const)(
    'does not take it for lost that the lease of a call has gone which is %s and says good-bye',
    async (state) => {
      const { roster, sessions, ledger, errors, pass } = setup();
      await roster.start();
      const id = ids.callId();
      await roster.take(id, 0);
      await pass(2_100);

      sessions[0]!.state = state;
      ledger.lost.add(id);
      await pass(4_500);
      expect(sessions[0]?.isFenced).toBe(false);
      await pass(1_000);

      // It must not outlast what it was promised.
      expect(sessions[0]?.isFenced).toBe(true);
      expect(errors).toEqual([]);
    },
  );

  it('keeps a call that comes back while the session before is still leaving', async () => {
    const { roster, sessions, admission } = setup();
    await roster.start();
    const call = ids.callId();
    await roster.take(call, 0);
    await roster.take(call, 1);

    sessions[0]?.finish();
    await settle();
    expect([roster.find(call) === sessions[1], admission.usedUnits]).toEqual([true, 1]);
    sessions[1]?.finish();
    await settle();

    expect([roster.size, admission.usedUnits]).toEqual([0, 0]);
  });

  it('fences everything 5 s after the last renewal that succeeded', async () => {
    const { roster, sessions, ledger, pass } = setup();
    await roster.start();
    await roster.take(ids.callId(), 0);
    await pass(2_100);

    ledger.isAway = true;
    await pass(4_700);
    expect(sessions[0]?.isFenced).toBe(false);
    await pass(400);

    expect(sessions[0]?.isFenced).toBe(true);
    expect(roster.size).toBe(0);
  });

  it('gives its calls back to the queue when the node shuts down', async () => {
    const { roster, queued, time } = setup();
    await roster.start();
    const id = ids.callId();
    await roster.take(id, 0);

    await roster.stop();

    expect(queued).toEqual([{ callId: id, epoch: 1 }]);
    expect(time.pendingCount).toBe(0);
  });
});

describe('a roster that stops', () => {
  it('gives back a call whose claim was under way, and claims no other', async () => {
    const { roster, queued, ledger } = setup();
    await roster.start();
    const id = ids.callId();
    let answer = (): void => undefined;
    ledger.claimed = new Promise<void>((resolve) => (answer = resolve));
    const taking = roster.take(id, 0);

    const stopping = roster.stop();
    expect(roster.refusal).toBe('draining');
    expect(await roster.take(ids.callId(), 0)).toBe(false);
    answer();
    await Promise.all([taking, stopping]);

    expect(queued).toEqual([{ callId: id, epoch: 1 }]);
    expect(roster.size).toBe(0);
  });
});

describe('the intake of a node', () => {
  it('stops taking jobs while the node is full, and gives back what comes all the same', async () => {
    const { roster, sessions } = setup(1);
    const log: string[] = [];
    let handle: (job: DialJob) => Promise<void> = () => Promise.resolve();
    const intake = new CallIntake({
      jobs: {
        consume: (given) => (handle = given),
        pause: () => {
          log.push('pause');
          return Promise.resolve();
        },
        resume: () => void log.push('resume'),
      },
      roster,
      dialer: { isConnected: true },
      pacer: { offer: () => Promise.reject(new Error('no call has a trunk')) },
    });
    await intake.start();

    await handle({ callId: ids.callId(), epoch: 0 });
    expect(log).toEqual(['pause']);
    await expect(handle({ callId: ids.callId(), epoch: 0 })).rejects.toThrow('CAPACITY_FULL');
    sessions[0]?.finish();
    await settle();

    expect(log).toEqual(['pause', 'resume']);
  });

  it('leaves jobs to others while there is too much to do, keeps its calls, and takes jobs again when it is calm', async () => {
    const { roster, sessions, time, admission } = setup();
    let lateMs = 2;
    const lateness = () => ({ p50Ms: 0, p99Ms: lateMs, maxMs: lateMs, count: 100 });
    const metronome = {
      add: () => undefined,
      remove: () => undefined,
      takeLateness: lateness,
    };
    const watch = new LoadWatch({
      admission,
      metronome,
      cpuMicros: () => 0,
      clock: time,
      timers: time,
      onMeasured: () => roster.reconsider(),
    });
    const log: string[] = [];
    const since: number[] = [];
    const note = (what: string): void => {
      log.push(what);
      since.push(time.nowMicros() / 1e6);
    };
    const intake = new CallIntake({
      jobs: {
        consume: () => undefined,
        pause: () => {
          note('pause');
          return Promise.resolve();
        },
        resume: () => note('resume'),
      },
      roster,
      dialer: { isConnected: true },
      pacer: { offer: () => Promise.reject(new Error('no call has a trunk')) },
    });
    await watch.start();
    await intake.start();
    await roster.take(ids.callId(), 0);

    time.advance(9_000);
    expect(log).toEqual([]);
    // Another process takes the core away for 20 s.
    lateMs = 80;
    time.advance(20_000);
    expect(log).toEqual(['pause']);
    expect(since[0]).toBeLessThanOrEqual(9 + 5);
    // A little better is not yet calm.
    lateMs = 47;
    time.advance(30_000);
    expect(log).toEqual(['pause']);
    lateMs = 2;
    time.advance(10_000);

    expect(log).toEqual(['pause', 'resume']);
    expect(since[1]).toBeGreaterThan(59 + 5);
    expect(sessions.map(({ isFenced, state }) => [isFenced, state])).toEqual([[false, 'claimed']]);
    await watch.stop();
  });

  it('gives jobs back while there is no signalling server, and takes them when it has returned', async () => {
    const { roster } = setup();
    const signalling = { isConnected: false };
    let handle: (job: DialJob) => Promise<void> = () => Promise.resolve();
    const jobs = {
      consume: (given: typeof handle) => void (handle = given),
      pause: () => Promise.resolve(),
      resume: () => undefined,
    };
    const pacer = { offer: () => Promise.reject(new Error('no call has a trunk')) };
    await new CallIntake({ jobs, roster, dialer: signalling, pacer }).start();
    const job = { callId: ids.callId(), epoch: 0 };

    await expect(handle(job)).rejects.toThrow('SIP_SIGNALLING_LOST');
    expect(roster.size).toBe(0);
    signalling.isConnected = true;
    await handle(job);

    expect(roster.size).toBe(1);
  });
});
