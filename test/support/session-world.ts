import { Secret, silentLogger } from '#foundation';
import type { Logger, Micros, Timers } from '#foundation';
import { IdFactory } from '#domain';
import type {
  CallChange,
  CallLedger,
  CallRecord,
  ClaimedCall,
  CallSpec,
  Dialer,
  Fault,
  DialRequest,
  HeldBy,
  Leg,
  LegObserver,
  OpenedTrunk,
  OutputRecord,
  RedialPolicy,
  TrunkBook,
  TrunkGate,
  TurnWait,
} from '#domain';
import { OPUS_CODEC_ID, opusFrameTag } from '#protocol/flv';
import type { FlvTag } from '#protocol/flv';
import type { ServerAbilities } from '#protocol/rtmp';
import { buildAnswer } from '#protocol/sdp';
import type { LocalAudio, NegotiatedAudio } from '#protocol/sdp';
import { SeededRandom, VirtualTime, callStats } from '#testkit';
import { silenced } from '../../apps/worker/src/calls/agreed-audio.ts';
import { CallSession } from '../../apps/worker/src/calls/call-session.ts';
import { Lease } from '../../apps/worker/src/calls/lease.ts';
import type {
  CallMedia,
  KeyOutcome,
  OpusSource,
  Outlet,
  OutletKind,
  OutletOrder,
} from '../../apps/worker/src/calls/ports.ts';
import { TrunkLines } from '../../apps/worker/src/trunks/trunk-lines.ts';

/** How the far end answers. */
export const CALLEE: LocalAudio = {
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
  /** Keys that came by INFO. */
  readonly informed: string[] = [];
  /** What the peer says to a key; default: it confirms. */
  hearKey: () => Promise<void> = () => Promise.resolve();

  /** Offers within the call. */
  readonly offers: string[] = [];
  /** What the peer says to one; default: it agrees. */
  answerOffer: (offer: string) => Promise<string> = (offer) =>
    Promise.resolve(buildAnswer(offer, CALLEE).sdp);

  dial(request: DialRequest, observer: LegObserver): Leg {
    this.dials++;
    this.request = request;
    this.observer = observer;
    return {
      pressKey: (key) => {
        this.informed.push(key);
        return this.hearKey();
      },
      reoffer: async (describe) => {
        this.offers.push(describe());
        return await this.answerOffer(this.offers.at(-1) ?? '');
      },
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
  readonly localAddress = '127.0.0.1';
  readonly codecs = ['PCMU', 'PCMA'] as const;
  readonly localRtcpPort = 30_001;
  readonly metadata = { audiocodecid: 10 };
  readonly done: string[] = [];
  firstPacketMicros: Micros | undefined;
  lastPacketMicros: Micros | undefined;
  roundTripMs: number | undefined;
  loudness = { levelDbfs: -20, clippedShare: 0 };
  readonly #sinks = new Set<(tag: FlvTag) => void>();

  break!: (fault: Fault) => void;

  /** What was agreed last. */
  audio: NegotiatedAudio | undefined;

  start(audio: NegotiatedAudio, onBroken: (fault: Fault) => void): void {
    this.done.push('start');
    this.audio = audio;
    this.break = onBroken;
  }

  change(audio: NegotiatedAudio): void {
    this.done.push('change');
    this.audio = audio;
  }

  leave(): void {
    this.done.push('leave');
    this.audio = this.audio && silenced(this.audio);
  }

  /** Keys that came among the media, and what ends the last press. */
  readonly pressed: string[] = [];
  endPress: (outcome: KeyOutcome) => void = () => undefined;

  press(keys: string, onOver: (outcome: KeyOutcome) => void): void {
    this.pressed.push(keys);
    this.endPress = onOver;
  }

  isMuted = false;

  mute(isMuted: boolean): void {
    this.isMuted = isMuted;
  }

  stop = (): void => void this.done.push('stop');
  describe = (): string => 'fake';
  /** Packets of a payload type that was not agreed. */
  unknownPayload = 0;
  stats = () => {
    if (!this.done.includes('start')) return undefined;
    const stats = callStats({ packets: this.done.includes('stop') ? 100 : 50 });
    return { ...stats, refused: { ...stats.refused, unknownPayload: this.unknownPayload } };
  };
  foreign = { fromElsewhere: 0, ofOtherSources: 0, notRtcp: 0 };
  foreignPackets = () => this.foreign;
  refusedPackets = () => ({ malformed: 0, unauthenticated: 0, replayed: 0, tooOld: 0 });

  /** What every output hears first. */
  header: FlvTag | undefined;

  attach(write: (tag: FlvTag) => void): () => void {
    if (this.header !== undefined) write(this.header);
    this.#sinks.add(write);
    return () => void this.#sinks.delete(write);
  }

  opus: OpusSource | undefined;
  readonly #passed = new Set<{ write: (tag: FlvTag) => void; onOver: () => void }>();

  /** The callee speaks Opus, which is asked for untouched. */
  speakOpus(): void {
    this.opus = {
      metadata: { audiocodecid: OPUS_CODEC_ID },
      attach: (write, onOver) => {
        const listener = { write, onOver };
        this.#passed.add(listener);
        return () => void this.#passed.delete(listener);
      },
    };
  }

  /** The callee sends another codec. */
  leaveOpus(): void {
    this.opus = undefined;
    for (const { onOver } of this.#passed) onOver();
  }

  emitOpus(timestampMs: number): void {
    for (const { write } of this.#passed) write(opusFrameTag(new Uint8Array(3), timestampMs));
  }

  emit(timestampMs: number, body = new Uint8Array(1)): void {
    for (const write of this.#sinks)
      write({ kind: 'audio', timestampMs, body, isSequenceHeader: false });
  }
}

class FakeOutlet implements Outlet {
  /** What the server says of itself when it accepts. */
  abilities: ServerAbilities | undefined;
  readonly tags: FlvTag[] = [];
  droppedTags = 1;
  queuedMs = 0;
  stats = () => ({
    ...{ bytesSent: this.tags.length * 100, queuedBytes: 7 },
    ...{ queuedMs: this.queuedMs, droppedTags: this.droppedTags },
  });
  closes = 0;
  destroys = 0;
  accept!: () => void;
  break!: (fault: Fault | undefined) => void;
  readonly ready = new Promise<ServerAbilities | undefined>(
    (resolve) => (this.accept = () => resolve(this.abilities)),
  );
  readonly ended = new Promise<Fault | undefined>((resolve) => (this.break = resolve));

  constructor(readonly order: OutletOrder) {}

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
export const settle = async (): Promise<void> => {
  for (let round = 0; round < 50; round++) await Promise.resolve();
};

export interface SessionWorldOptions {
  readonly muted?: boolean;
  readonly heldBy?: HeldBy;
  readonly outputs?: number;
  /** Where the outputs go. Default: nowhere. */
  readonly urls?: readonly string[];
  /** Default: fakes. */
  readonly openOutlet?: OutletKind;
  /** `user:password` for the servers of the outputs. */
  readonly login?: string;
  readonly time?: VirtualTime;
  /** Changes the outputs before the call is claimed. */
  readonly arrange?: (outputs: OutputRecord[]) => void;
  readonly isStopRequested?: boolean;
  /** On another node. */
  readonly wasAnswered?: boolean;
  /** The ports are bound when `bind` is called. */
  readonly holdsPorts?: boolean;
  readonly media?: Partial<CallSpec['media']>;
  readonly onCallLoss?: CallSpec['onCallLoss'];
  readonly redial?: RedialPolicy;
  /** How often it was dialled again before. */
  readonly redials?: number;
  readonly limits?: Partial<CallSpec['limits']>;
  /** Told the name of each warning and each error. */
  readonly onWarning?: (event: string) => void;
  /** Keys to be pressed after the answer. */
  readonly dtmf?: string;
  /** Default: nothing has to be registered. */
  readonly register?: (until: Promise<void>) => Promise<void>;
  /** Default: the call goes out directly. */
  readonly trunk?: FakeTrunk;
}

/** A trunk as the store shows it, and its turns. */
export interface FakeTrunk {
  opened: OpenedTrunk | null;
  /** What the gate says to whoever asks for a turn; the last one stays. Default: go. */
  readonly turns: ({ readonly kind: 'go' } | TurnWait)[];
  /** What the gate was told. */
  readonly told: string[];
}

/** Ways out through one trunk. */
function linesOf(trunk: FakeTrunk | undefined, timers: Timers): TrunkLines {
  const tell = (what: string): Promise<void> => Promise.resolve(void trunk?.told.push(what));
  const gate: Partial<TrunkGate> = {
    askTurn: () => {
      const [turn = { kind: 'go' } as const] = trunk?.turns ?? [];
      if ((trunk?.turns.length ?? 0) > 1) trunk?.turns.shift();
      return tell('asked').then(() => turn);
    },
    inviteSent: () => tell('sent').then(() => 0),
    giveBack: () => tell('given back'),
  };
  const book: Partial<TrunkBook> = { openTrunk: () => Promise.resolve(trunk?.opened ?? null) };
  return new TrunkLines({
    gate: gate as TrunkGate,
    book: book as TrunkBook,
    timers,
    logger: silentLogger,
    onOpen: () => undefined,
  });
}

const warningLogger = (warn: (event: string) => void): Logger => ({
  ...silentLogger,
  ...{ warn, error: warn },
  child: () => warningLogger(warn),
});

/** A session of a claimed call among fakes. */
export function sessionWorld(options: SessionWorldOptions = {}) {
  const { time = new VirtualTime() } = options;
  const ids = new IdFactory(() => 1, new SeededRandom(1));
  const {
    urls = Array.from({ length: options.outputs ?? 1 }, (_, i) => `rtmp://127.0.0.1/live${i}`),
  } = options;
  const outputs = urls.map((url): OutputRecord => ({
    id: ids.outputId(),
    url,
    maskedKey: '…',
    backup: null,
    retry: null,
    state: 'idle',
    attempts: 0,
    nextRetryAt: null,
    publishedAt: null,
    audioCodec: null,
    fault: null,
  }));
  options.arrange?.(outputs);
  const record: CallRecord = {
    id: ids.callId(),
    callId: 'c',
    appKey: 'default',
    state: 'claimed',
    version: 3,
    epoch: 1,
    node: ids.nodeId(),
    spec: {
      to: options.trunk === undefined ? 'sip:room@127.0.0.1' : '+4930123',
      ...(options.trunk === undefined ? {} : { trunk: { id: ids.trunkId(), name: 'carrier' } }),
      from: { user: 'me' },
      auth: { username: 'me' },
      ...(options.onCallLoss === undefined ? {} : { onCallLoss: options.onCallLoss }),
      media: {
        direction: 'recvonly',
        audio: { codecs: ['PCMU', 'PCMA'], sampleRate: 44100, bitrateKbps: 64 },
        ...options.media,
      },
      limits: { ringSeconds: 60, maxSeconds: 100, mediaTimeoutSeconds: 30, ...options.limits },
    },
    metadata: {},
    outputs,
    verdict: null,
    sipStatus: 0,
    mediaPath: null,
    leg: null,
    muted: options.muted === true,
    heldBy: options.heldBy ?? null,
    priority: 0,
    startAt: null,
    redial: options.redial ?? null,
    redials: options.redials ?? 0,
    nextDialAt: null,
    failovers: 0,
    stopRequestedAt: options.isStopRequested === true ? new Date(0) : null,
    createdAt: new Date(0),
    answeredAt: options.wasAnswered === true ? new Date(0) : null,
    endedAt: null,
  };
  const call: ClaimedCall = {
    record,
    secrets: {
      sipPassword: new Secret('pw'),
      dtmf: options.dtmf === undefined ? null : new Secret(options.dtmf),
      streamKeys: new Map(outputs.map(({ id }) => [id, new Secret('key')])),
      urlCredentials: new Map(
        options.login === undefined
          ? []
          : outputs.map(({ id }) => [id, new Secret(options.login ?? '')]),
      ),
    },
  };
  const ledger = new FakeLedger();
  const dialer = new FakeDialer();
  const media = new FakeMedia();
  const outlets: FakeOutlet[] = [];
  /** The SIP messages that were told of the call, each with its epoch. */
  const heardSip: string[] = [];
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
    lines: linesOf(options.trunk, time),
    takeSip: (_, epoch) => (note) => void heardSip.push(`${epoch} ${note.summary}`),
    register: (_, until) => options.register?.(until) ?? Promise.resolve(),
    openMedia: () => bound.then(() => media),
    openOutlet:
      options.openOutlet ??
      (() => (order) => {
        const outlet = new FakeOutlet(order);
        outlets.push(outlet);
        return outlet;
      }),
    clock: time,
    timers: time,
    random: new SeededRandom(2),
    logger: options.onWarning === undefined ? silentLogger : warningLogger(options.onWarning),
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
    heardSip,
    record,
    lease,
    session,
    bind: () => bind(),
    isDone: () => isDone,
  };
}

/** A session and its fakes. */
export type SessionWorld = ReturnType<typeof sessionWorld>;

/** The INVITE has left. */
export async function dialled(world: SessionWorld): Promise<void> {
  world.session.start();
  await settle();
  world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
  await settle();
}

/** The far end's answer to our offer. */
export const answerOf = (world: SessionWorld, change: Partial<LocalAudio> = {}): string =>
  buildAnswer(world.dialer.request.sdpOffer, { ...CALLEE, ...change }).sdp;

/** On air, as far as the far end is concerned. */
export async function bringUp(world: SessionWorld): Promise<void> {
  await dialled(world);
  world.dialer.observer.rang();
  world.dialer.observer.answered(answerOf(world));
  await settle();
}

/** How the call ended. */
export const verdictCode = (world: SessionWorld): string | undefined =>
  world.ledger.changes.at(-1)?.call.verdict?.code;
