import type {
  Announcer,
  Announcements,
  AppLimits,
  AppStore,
  AuditTrail,
  CallQueue,
  CallRegistry,
  CommandBook,
  DeliveryLog,
  CursorSeal,
  EventFeed,
  FiguresReceiver,
  HookPoster,
  HookRegistry,
  HookTargets,
  IdempotencyBook,
  IdFactory,
  KeyStore,
  NodeRegistry,
  OutputRegistry,
  QueueSurvey,
  RateWindows,
  SessionStore,
  SipBook,
  TrunkRegistry,
} from '#domain';
import type { NodeClient } from '#adapters/nodes-http';
import type { Clock, Logger, Secret, Timers, Tracer } from '#foundation';
import type { Registry } from 'prom-client';

/** Who may use the WCS dialect without a key. */
export type WcsOpen = 'loopback' | 'any' | 'off';

/** What the routes need to know of the settings. */
export interface ApiSettings {
  readonly apiKey: Secret;
  readonly wcsOpen: WcsOpen;
  /** Pages of which origin may use the WCS dialect; `*` is all. */
  readonly wcsOrigin: string;
  /** What stands before the names of streams that WCS 5 clients push. */
  readonly wcsStreamPrefix: string;
  readonly allowPrivateTargets: boolean;
  /** How many calls may wait while no node takes any; 0 is no limit. */
  readonly maxQueued: number;
  /** Where hooks may be sent. */
  readonly hookTargets: HookTargets;
  /** Of apps that have none of their own; 0 is no limit. */
  readonly limits: Readonly<Record<keyof AppLimits, number>>;
  /** That one address may try; 0 is no limit. */
  readonly wrongKeysPerMinute: number;
  /** Where browsers reach the dashboard; undefined where that is this very host. */
  readonly dashboardUrl: URL | undefined;
  /** Folder of the dashboard's files, which is not there where it was not built. */
  readonly dashboardFolder: string;
  /** Folder of recordings; undefined where nothing is recorded. */
  readonly recordings: string | undefined;
}

/** Something outside that requests are served with. */
export interface Dependency {
  readonly name: string;
  /** Whether no call can be taken without it. What is not required may be away for a while: calls wait in the store. */
  readonly isRequired: boolean;
  /** @throws When it cannot be reached. */
  check(): Promise<void>;
}

/** Everything the API is joined with. */
export interface ApiParts {
  readonly settings: ApiSettings;
  readonly registry: CallRegistry;
  readonly outputs: OutputRegistry;
  readonly commands: CommandBook;
  readonly sip: SipBook;
  readonly trunks: TrunkRegistry;
  readonly feed: EventFeed;
  readonly cursors: CursorSeal;
  readonly keys: IdempotencyBook;
  readonly apps: AppStore;
  readonly apiKeys: KeyStore;
  readonly sessions: SessionStore;
  readonly audit: AuditTrail;
  readonly rates: RateWindows;
  readonly nodes: NodeRegistry;
  /** Asks nodes what only they can tell. */
  readonly nodeClient: NodeClient;
  readonly hooks: HookRegistry;
  readonly deliveries: DeliveryLog;
  /** Sends test events. */
  readonly hookPoster: HookPoster;
  readonly queue: CallQueue;
  readonly announcer: Announcer;
  readonly announcements: Announcements;
  readonly figures: FiguresReceiver;
  /** Of the queues that are tables, and of those in Redis. */
  readonly surveys: readonly QueueSurvey[];
  readonly dependencies: readonly Dependency[];
  readonly ids: IdFactory;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Registry;
  readonly logger: Logger;
  /** Undefined where nothing is traced. */
  readonly tracer?: Tracer | undefined;
}

/** Injection tokens, one per part. */
export const TOKENS = {
  settings: Symbol('settings'),
  registry: Symbol('registry'),
  outputs: Symbol('outputs'),
  commands: Symbol('commands'),
  sip: Symbol('sip'),
  trunks: Symbol('trunks'),
  feed: Symbol('feed'),
  cursors: Symbol('cursors'),
  keys: Symbol('keys'),
  apps: Symbol('apps'),
  apiKeys: Symbol('apiKeys'),
  sessions: Symbol('sessions'),
  audit: Symbol('audit'),
  rates: Symbol('rates'),
  nodes: Symbol('nodes'),
  nodeClient: Symbol('nodeClient'),
  hooks: Symbol('hooks'),
  deliveries: Symbol('deliveries'),
  hookPoster: Symbol('hookPoster'),
  queue: Symbol('queue'),
  announcer: Symbol('announcer'),
  announcements: Symbol('announcements'),
  figures: Symbol('figures'),
  surveys: Symbol('surveys'),
  dependencies: Symbol('dependencies'),
  ids: Symbol('ids'),
  clock: Symbol('clock'),
  timers: Symbol('timers'),
  metrics: Symbol('metrics'),
  logger: Symbol('logger'),
} as const satisfies { readonly [Part in Exclude<keyof ApiParts, 'tracer'>]: symbol };
