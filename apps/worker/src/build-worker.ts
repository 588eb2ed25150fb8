import { hostname } from 'node:os';
import { ServiceGroup, sharedTimers, systemClock, systemRandom, systemTimers } from '#foundation';
import type { Logger, Service } from '#foundation';
import { ChannelKey, InternalRoutes } from '#adapters/nodes-http';
import { openMetrics } from '#adapters/observe-pino';
import { openAnnouncements, openFiguresSender, openJobs, openQueue } from '#adapters/queue-bullmq';
import { checkTarget } from '#adapters/rtmp-tcp';
import { DrachtioDialer } from '#adapters/sip-drachtio';
import { openStore } from '#adapters/store-prisma';
import { openTracer } from '#adapters/trace-otel';
import { RtpPortPool } from '#adapters/udp-node';
import { Admission, IdFactory, capacityFor } from '#domain';
import type { NodeDrain, NodeId } from '#domain';
import { Metronome } from '#media';
import { AacEncoders } from './aac-encoders.ts';
import { openAudioDecoders } from './audio-decoders.ts';
import { allowedOutlets } from './calls/allowed-outlets.ts';
import { CallIntake } from './calls/call-intake.ts';
import { CallRoster } from './calls/call-roster.ts';
import { CallSession } from './calls/call-session.ts';
import { CommandDesk } from './calls/command-desk.ts';
import { outletsByScheme } from './calls/outlets.ts';
import { dialRules, rtmpOutlets } from './calls/rtmp-outlet.ts';
import { mediaHosts } from './calls/media-host.ts';
import { PreferredCalls } from './calls/preferred-calls.ts';
import { openRtpMedia } from './calls/open-rtp-media.ts';
import type { DrachtioPlace } from '#contracts';
import type { WorkerConfig } from './config.ts';
import { CallMetrics } from './figures/call-metrics.ts';
import { FiguresDesk } from './figures/figures-desk.ts';
import { buildHooks } from './hooks/build-hooks.ts';
import { HealthServer } from './health/health-server.ts';
import { addNodeMetrics } from './health/node-metrics.ts';
import { Heartbeat } from './node/heartbeat.ts';
import { LoadWatch } from './node/load-watch.ts';
import { measureCoresPerCall } from './node/measure-call-cost.ts';
import { NodeStatus } from './node/node-status.ts';
import { ownVersion } from './node/own-version.ts';
import { CheckDesk } from './checks/check-desk.ts';
import { PreviewDesk } from './preview/preview-desk.ts';
import { openConversions } from './recordings/open-conversions.ts';
import { recordingOutlets } from './recordings/recording-outlet.ts';
import { RecordingTeller } from './recordings/recording-teller.ts';
import { RegistrationDesk } from './registrations/registration-desk.ts';
import type { RegistrationNeed } from './registrations/sip-account.ts';
import { SipRecorder } from './signalling/sip-recorder.ts';
import { TrunkLines } from './trunks/trunk-lines.ts';
import { TrunkPacer } from './trunks/trunk-pacer.ts';
import { TrunkTrialDesk } from './trunks/trunk-trial-desk.ts';
import { TrunkWatch } from './trunks/trunk-watch.ts';
import { Reconciler } from './reconcile/reconciler.ts';

/** Claims under way at the same time; the calls themselves are bounded by the capacity. */
const CLAIM_CONCURRENCY = 8;

const machine = { clock: systemClock, timers: systemTimers, random: systemRandom };
/** Calls and their outputs look after themselves at the same moment, so that hundreds of them wake the process once a second. */
const callTimers = sharedTimers(systemTimers);

/** A worker, ready to be started. */
export interface Worker {
  readonly nodeId: NodeId;
  /** In cost units. */
  readonly capacity: number;
  /** In the order in which they start; stopping walks it backwards. */
  readonly services: ServiceGroup;
  /** Where the node tells of its health, once started; undefined if it does not. */
  readonly healthUrl: () => string | undefined;
}

/** Joins everything that a worker is made of which runs calls. */
export function buildWorker(config: WorkerConfig, drachtio: DrachtioPlace, logger: Logger): Worker {
  const node = new IdFactory(() => systemClock.wallMs(), systemRandom).nodeId();
  const own = logger.child({ nodeId: node });
  const shared = { ...machine, logger: own };

  const tracer =
    config.otelEndpoint === undefined
      ? undefined
      : openTracer({ endpoint: config.otelEndpoint, service: 'callcast-worker', logger: own });
  const store = openStore({ ...config, logger: own });
  const queue = openQueue({ redisUrl: config.redisUrl, logger: own });
  const jobs = openJobs({ ...config, concurrency: CLAIM_CONCURRENCY, logger: own });
  const announcements = openAnnouncements({ redisUrl: config.redisUrl, logger: own });
  const sender = openFiguresSender({ redisUrl: config.redisUrl, logger: own });
  const dialer = new DrachtioDialer({ url: drachtio, ...shared });
  const networks = config.rtp.addresses.map(({ host, advertised }) => ({
    address: advertised,
    ports: new RtpPortPool({ host, range: config.rtp.ports, ...shared }),
  }));
  const metronome = new Metronome({
    ...machine,
    onFailed: (_, error) => own.error('media.tick_failed', { error: String(error) }),
  });

  const registrations = new RegistrationDesk({
    ...shared,
    node,
    book: store.registrations,
    registrar: dialer.registrar,
  });

  const lines = new TrunkLines({
    ...shared,
    gate: store.trunkGate,
    book: store.trunkBook,
    onOpen: (trunk, inMs) => pacer.wake(trunk, inMs),
  });

  const recorder = new SipRecorder({ ...shared, book: store.sip });
  const encoders = new AacEncoders(config.aac, own);
  const admission = new Admission({
    capacity: capacityOf(config, encoders, own),
    followsLoad: config.admissionFollowsLoad,
  });

  const rtmp = allowedOutlets(
    { apps: store.apps, timers: callTimers },
    rtmpOutlets({ ...machine, ...config.rtmp, timers: callTimers }),
  );
  const teller = new RecordingTeller({
    ...shared,
    ledger: store.ledger,
    announcer: announcements,
  });
  const conversions = openConversions({ ...shared, ...config, node, store, teller });
  const files = recordingOutlets({
    ...shared,
    folder: config.recordings,
    teller,
    onReleased: () => conversions?.wake(),
  });
  const session = {
    ...shared,
    tracer,
    timers: callTimers,
    ledger: store.ledger,
    announcer: announcements,
    dialer,
    lines,
    takeSip: recorder.take,
    register: (need: RegistrationNeed, until: Promise<void>) => registrations.register(need, until),
    openMedia: openRtpMedia({
      ...machine,
      networks,
      metronome,
      jitter: config.jitter,
      resolveHost: mediaHosts(machine),
      createEncoder: encoders.create,
      decoders: openAudioDecoders(own),
    }),
    openOutlet: outletsByScheme({ 'rtmp:': rtmp, 'rtmps:': rtmp, 'file:': files }),
  };
  const roster = new CallRoster({
    ...shared,
    node,
    queue,
    ledger: store.ledger,
    admission,
    openSession: (call, lease) => {
      const opened = new CallSession(call, lease, session);
      void opened.done.then(() => lines.left(call));
      return opened;
    },
  });
  const pacer = new TrunkPacer({
    ...shared,
    node,
    gate: store.trunkGate,
    take: (callId, epoch) => roster.take(callId, epoch),
    mayTake: () => roster.refusal === undefined && dialer.isConnected,
    announcer: announcements,
  });
  const status = new NodeStatus({ roster, admission, dialer });
  const presence = {
    ...shared,
    node,
    registry: store.nodes,
    status,
    host: hostname(),
    pid: process.pid,
    version: ownVersion(),
    url: () => nodeUrl(config.url, health?.url),
    onAsked: (drain: NodeDrain | null) => roster.drain(drain),
  };

  const loadWatch = new LoadWatch({
    ...machine,
    admission,
    metronome,
    cpuMicros,
    onMeasured: () => roster.reconsider(),
  });
  const heartbeat = new Heartbeat(presence);
  const metrics = openMetrics({ app: 'worker' });
  addNodeMetrics(metrics, {
    node,
    roster,
    takeLateness: metronome.meterLateness(),
    forgivenBeats: () => metronome.forgivenBeats,
    encoderRestarts: () => encoders.restarts,
  });
  const missing = (): readonly string[] => [
    ...(heartbeat.isRegistered ? [] : ['registration']),
    ...(dialer.isConnected ? [] : ['signalling']),
    ...(roster.refusal === undefined ? [] : ['room']),
  ];
  const checks = new CheckDesk({
    attempt: (target, sampleRate) =>
      checkTarget({ ...machine, ...dialRules(config.rtmp), target, sampleRate }),
  });
  const trials = new TrunkTrialDesk({
    ...machine,
    book: store.trunkBook,
    prober: dialer.prober,
    register: session.register,
  });
  const preview = new PreviewDesk({ ...shared, find: (id) => roster.find(id) });
  const internal = new InternalRoutes({
    node,
    key: new ChannelKey(config, systemClock),
    routes: [preview.route, checks.route, trials.route],
    logger: own,
  });
  const health =
    config.health === undefined
      ? undefined
      : new HealthServer({
          ...config.health,
          metrics,
          missing,
          refusal: () => status.report().refusal,
          internal,
          logger: own,
        });

  const hooks = config.roles.has('hooks')
    ? buildHooks({ ...shared, config, announcements, metrics, store: store.hooks })
    : [];
  const reconciler = new Reconciler({
    ...shared,
    sweeper: store.sweeper,
    keys: store.keys,
    queue,
    dialer,
    announcer: announcements,
  });

  return {
    nodeId: node,
    healthUrl: () => health?.url,
    capacity: admission.capacity,
    services: new ServiceGroup([
      ...(tracer === undefined ? [] : [tracer]),
      store,
      queue,
      announcements,
      sender,
      // Behind the calls in stopping: their last events are told then.
      ...hooks,
      jobs,
      ...networks.map(({ ports }) => asService({ stop: () => ports.close() })),
      // Behind the calls in stopping: their last messages are written then.
      recorder,
      dialer,
      registrations,
      // Behind the calls in stopping: their recordings are closed then.
      ...(conversions === undefined ? [] : [conversions]),
      roster,
      loadWatch,
      // The heartbeat tells where it is.
      ...(health === undefined ? [] : [health]),
      heartbeat,
      new FiguresDesk({ ...shared, node, roster, sender, metrics: new CallMetrics(metrics) }),
      new CommandDesk({
        ...shared,
        node,
        roster,
        announcements,
        announcer: announcements,
        ledger: store.ledger,
      }),
      new PreferredCalls({
        ...{ ...shared, node, roster, pacer },
        ...{ announcements, dialer, ledger: store.ledger },
      }),
      ...(config.roles.has('reconcile') ? [reconciler] : []),
      new TrunkWatch({
        ...shared,
        book: store.trunkBook,
        prober: dialer.prober,
        isConnected: () => dialer.isConnected,
      }),
      pacer,
      new CallIntake({ jobs, roster, dialer, pacer, tracer }),
    ]),
  };
}

/** Where the API reaches the node: as it was set, else where the node listens. */
function nodeUrl(set: string | undefined, heard: string | undefined): string | null {
  if (heard === undefined) return null;
  return set?.replace('{port}', new URL(heard).port) ?? heard;
}

/** User and system time of all threads. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** What a process per call takes, about which our own clock says nothing: measured, and rounded up. */
const FFMPEG_CORES_PER_CALL = 0.02;

/** What was set, or what this machine can carry. */
function capacityOf({ capacity }: WorkerConfig, encoders: AacEncoders, logger: Logger): number {
  if (capacity !== 'auto') return capacity;
  if (!encoders.isInProcess) return capacityFor(FFMPEG_CORES_PER_CALL);
  const fromMicros = systemClock.nowMicros();
  const coresPerCall = measureCoresPerCall({ createEncoder: encoders.create, cpuMicros });
  const measured = capacityFor(coresPerCall);
  const tookMs = Math.round((systemClock.nowMicros() - fromMicros) / 1000);
  logger.info('node.capacity_measured', { capacity: measured, coresPerCall, tookMs });
  return measured;
}

/** A part that only has to be stopped. */
const asService = (part: { stop: () => Promise<void> }): Service => ({
  start: () => Promise.resolve(),
  stop: part.stop,
});
