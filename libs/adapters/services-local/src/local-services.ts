import { lockFolder } from './folder-lock.ts';
import type { FolderLock } from './folder-lock.ts';
import { startPostgres } from './postgres-server.ts';
import type { ServerOptions } from './postgres-server.ts';
import { startRedis } from './redis-server.ts';
import type { ServerProcess } from './server-process.ts';
import { chooseAccount } from './service-account.ts';
import { prepareFolder } from './service-folder.ts';
import { Watchdog } from './watchdog.ts';
import type { Logger, Service } from '#foundation';

/** Where the services are reached. */
export interface ServiceEndpoints {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** The servers started here, by name; none for those that were given by an address. */
  readonly pids: Readonly<Record<string, number>>;
}

/** What to start, and where. */
export interface LocalServicesOptions {
  /** Folder for data, logs and records, made if need be. */
  readonly folder: string;
  readonly logger: Logger;
  /** A PostgreSQL to use instead of starting one. */
  readonly databaseUrl?: string | undefined;
  /** A Redis to use instead of starting one. */
  readonly redisUrl?: string | undefined;
  /** The database that is made. Default: callcast. */
  readonly database?: string;
  /** Data outlives a power cut; false is faster, for tests. Default: true. */
  readonly isDurable?: boolean;
  /** Removes the data of earlier runs. Default: false. */
  readonly isFresh?: boolean;
  /** A server ended that nobody stopped, and runs again at the same address. */
  readonly onRestart?: (name: string) => void;
  /** A server ended that nobody stopped, and cannot be started again. */
  readonly onCrash?: (name: string) => void;
}

/**
 * A private PostgreSQL cluster and a private Redis from the programs of this machine, on free ports
 * of 127.0.0.1. They end with this process, whatever ends it; what a crashed run left behind is
 * found by its records and cleaned up at the next start.
 */
export class LocalServices implements Service {
  readonly #options: LocalServicesOptions;
  #watchdog = new Watchdog();
  #lock: FolderLock | undefined;
  readonly #servers = new Map<string, ServerProcess>();
  #endpoints: Omit<ServiceEndpoints, 'pids'> | undefined;

  constructor(options: LocalServicesOptions) {
    this.#options = options;
  }

  /** @throws Error before start() has finished. */
  get endpoints(): ServiceEndpoints {
    if (this.#endpoints === undefined) throw new Error('the local services are not started');
    const pids = [...this.#servers].map(([name, { identity }]) => [name, identity.pid] as const);
    return { ...this.#endpoints, pids: Object.fromEntries(pids) };
  }

  /** @throws FolderBusyError when another living process uses the folder. */
  async start(): Promise<void> {
    if (this.#endpoints !== undefined) return;
    const { databaseUrl, redisUrl } = this.#options;
    if (databaseUrl !== undefined && redisUrl !== undefined) {
      this.#endpoints = { databaseUrl, redisUrl };
      return;
    }
    try {
      this.#endpoints = await this.#startServers();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#endpoints = undefined;
    const servers = [...this.#servers.values()];
    this.#servers.clear();
    await Promise.all(servers.map((server) => server.stop()));
    this.#watchdog.release();
    this.#watchdog = new Watchdog();
    this.#lock?.release();
    this.#lock = undefined;
  }

  async #startServers(): Promise<Omit<ServiceEndpoints, 'pids'>> {
    const account = chooseAccount();
    const { path: folder, isStandIn } = prepareFolder(this.#options.folder, account);
    this.#lock = lockFolder(folder);
    if (isStandIn)
      this.#options.logger.info('services.folder_moved', {
        reason: `user ${account?.name ?? ''} cannot enter ${this.#options.folder}`,
        folder,
      });
    const [postgres, redis] = await Promise.allSettled([
      this.#startPostgres({ folder, account }),
      this.#startRedis({ folder, account }),
    ]);
    if (postgres.status === 'rejected') throw postgres.reason as Error;
    if (redis.status === 'rejected') throw redis.reason as Error;
    return { databaseUrl: postgres.value, redisUrl: redis.value };
  }

  async #startPostgres(place: Place): Promise<string> {
    const { databaseUrl, database = 'callcast' } = this.#options;
    if (databaseUrl !== undefined) return databaseUrl;
    const { server, url } = await startPostgres(this.#serverOptions('postgres', place), database);
    this.#servers.set('postgres', server);
    return url;
  }

  async #startRedis(place: Place): Promise<string> {
    const { redisUrl } = this.#options;
    if (redisUrl !== undefined) return redisUrl;
    const { server, url } = await startRedis(this.#serverOptions('redis', place));
    this.#servers.set('redis', server);
    return url;
  }

  #serverOptions(name: string, place: Place): ServerOptions {
    return {
      ...place,
      watchdog: this.#watchdog,
      isDurable: this.#options.isDurable ?? true,
      isFresh: this.#options.isFresh ?? false,
      onRestart: () => this.#options.onRestart?.(name),
      onCrash: () => this.#options.onCrash?.(name),
    };
  }
}

type Place = Pick<ServerOptions, 'folder' | 'account'>;
