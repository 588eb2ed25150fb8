import { IdFactory } from '#domain';
import type {
  AppStore,
  AuditTrail,
  CallLedger,
  CallRegistry,
  CallSweeper,
  CommandBook,
  DeliveryLog,
  CursorSeal,
  EventFeed,
  IdempotencyBook,
  HookRegistry,
  HookStore,
  KeyStore,
  NodeRegistry,
  QueueSurvey,
  OutputRegistry,
  RegistrationBook,
  SessionStore,
  SipBook,
  TrunkBook,
  TrunkGate,
  TrunkRegistry,
} from '#domain';
import { systemClock, systemRandom } from '#foundation';
import type { Clock, Logger, RandomSource, Secret, Service } from '#foundation';
import { PrismaAppStore } from './app-store.ts';
import { PrismaAuditTrail } from './audit-trail.ts';
import { PrismaCallLedger } from './call-ledger.ts';
import { PrismaCallRegistry } from './call-registry.ts';
import { PrismaCallSweeper } from './call-sweeper.ts';
import { ChangeWriter } from './change-writer.ts';
import { PrismaCommandBook } from './command-book.ts';
import { HmacCursorSeal } from './cursor-seal.ts';
import { Database } from './database.ts';
import { PrismaDeliveryLog } from './delivery-log.ts';
import { PrismaEventFeed } from './event-feed.ts';
import { PrismaIdempotencyBook } from './idempotency-book.ts';
import { PrismaHookRegistry } from './hook-registry.ts';
import { PrismaHookStore } from './hook-store.ts';
import { PrismaKeyStore } from './key-store.ts';
import { openPrisma } from './prisma-client.ts';
import type { StoreClient } from './prisma-client.ts';
import { NewCallWriter } from './new-call-writer.ts';
import { PrismaNodeRegistry } from './node-registry.ts';
import { PrismaOutputRegistry } from './output-registry.ts';
import { OutputRows } from './output-rows.ts';
import { PrismaQueueSurvey } from './queue-survey.ts';
import { PrismaRegistrationBook } from './registration-book.ts';
import { SealedSecrets } from './sealed-secrets.ts';
import { SecretBox } from './secret-box.ts';
import { PrismaSessionStore } from './session-store.ts';
import { PrismaSipBook } from './sip-book.ts';
import { deriveKeys } from './store-keys.ts';
import { TargetKey } from './target-key.ts';
import { PrismaTrunkBook } from './trunk-book.ts';
import { PrismaTrunkGate } from './trunk-gate.ts';
import { PrismaTrunkRegistry } from './trunk-registry.ts';

/** What a store is opened with. */
export interface StoreOptions {
  readonly databaseUrl: string;
  /** 32 bytes in base64; seals secrets at rest. */
  readonly secretKey: Secret;
  /** More keys that open what they have sealed. Default: none. */
  readonly otherSecretKeys?: readonly Secret[];
  readonly logger: Logger;
  /** For the ids of events. Default: the machine's. */
  readonly clock?: Clock;
  /** For ids and nonces. Default: the machine's. */
  readonly random?: RandomSource;
}

/** The record of everything, one part for each who uses it. */
export class PrismaStore implements Service {
  readonly registry: CallRegistry;
  readonly outputs: OutputRegistry;
  readonly commands: CommandBook;
  readonly sip: SipBook;
  readonly feed: EventFeed;
  readonly cursors: CursorSeal;
  readonly ledger: CallLedger;
  readonly sweeper: CallSweeper;
  readonly nodes: NodeRegistry;
  readonly registrations: RegistrationBook;
  readonly keys: IdempotencyBook;
  /** As workers see them. */
  readonly hooks: HookStore;
  /** As the API sees them. */
  readonly hookRegistry: HookRegistry;
  readonly deliveries: DeliveryLog;
  readonly apps: AppStore;
  readonly apiKeys: KeyStore;
  readonly sessions: SessionStore;
  readonly audit: AuditTrail;
  readonly trunks: TrunkRegistry;
  readonly trunkBook: TrunkBook;
  readonly trunkGate: TrunkGate;
  readonly queues: QueueSurvey;
  readonly #database: Database;
  readonly #targetKey: TargetKey;
  readonly #prisma: StoreClient;

  /** @throws Fault CONFIG_INVALID when the secret key is not one. */
  constructor(options: StoreOptions) {
    const { databaseUrl, logger, clock = systemClock, random = systemRandom } = options;
    const { seal, targetHash } = deriveKeys(options.secretKey);
    const others = (options.otherSecretKeys ?? []).map((key) => deriveKeys(key).seal);
    const ids = new IdFactory(() => clock.wallMs(), random);
    const box = new SecretBox([seal, ...others], random);
    const secrets = new SealedSecrets(box);
    const changes = new ChangeWriter(ids);
    const database = new Database(databaseUrl, logger);
    const prisma = openPrisma(database.pool);
    const targetKey = new TargetKey(database, box, targetHash);
    const rows = new OutputRows(secrets, targetKey);
    const creation = new NewCallWriter(ids, secrets, rows);
    this.#database = database;
    this.#targetKey = targetKey;
    this.#prisma = prisma;
    this.registry = new PrismaCallRegistry({ database, prisma, creation, changes });
    this.outputs = new PrismaOutputRegistry({ database, changes, rows, ids });
    this.commands = new PrismaCommandBook({ database, changes, secrets });
    this.sip = new PrismaSipBook(database);
    this.feed = new PrismaEventFeed(database);
    this.cursors = new HmacCursorSeal(targetKey);
    this.ledger = new PrismaCallLedger({ database, changes, secrets });
    this.sweeper = new PrismaCallSweeper(database, changes);
    this.nodes = new PrismaNodeRegistry(database, prisma);
    this.hooks = new PrismaHookStore({ database, box, ids });
    this.hookRegistry = new PrismaHookRegistry(database, box);
    this.deliveries = new PrismaDeliveryLog(database);
    this.registrations = new PrismaRegistrationBook(database, random);
    this.keys = new PrismaIdempotencyBook({ database, box, targetKey, random });
    this.apps = new PrismaAppStore(database);
    this.apiKeys = new PrismaKeyStore(database);
    this.sessions = new PrismaSessionStore(database);
    this.audit = new PrismaAuditTrail(database);
    this.trunks = new PrismaTrunkRegistry(database, secrets);
    this.trunkBook = new PrismaTrunkBook(database, secrets);
    this.queues = new PrismaQueueSurvey(database);
    this.trunkGate = new PrismaTrunkGate({ database, changes, ids });
  }

  /** @throws Fault STORE_UNAVAILABLE, or CONFIG_INVALID when the migrations are missing or the secret key is another. */
  async start(): Promise<void> {
    await this.#database.start();
    await this.#targetKey.load();
  }

  async stop(): Promise<void> {
    await this.#prisma.$disconnect();
    await this.#database.stop();
  }

  /** @throws When the database did not answer within 2 s. */
  async ping(): Promise<void> {
    await this.#database.ping();
  }
}

/** Opens the store; nothing is connected before start(). */
export const openStore = (options: StoreOptions): PrismaStore => new PrismaStore(options);
