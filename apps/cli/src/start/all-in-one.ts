import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { LocalServices, Watchdog, findFreePort } from '#adapters/services-local';
import type { ServiceEndpoints } from '#adapters/services-local';
import { applyMigrations } from '#adapters/store-prisma';
import type { RuntimeFile } from '#contracts';
import { systemTimers } from '#foundation';
import type { Logger, Service } from '#foundation';
import type { CliConfig } from '../config.ts';
import { apiEnvironment, appScript, signalingEnvironment, workerEnvironment } from './app-plan.ts';
import type { AppPlan } from './app-plan.ts';
import { ChildApp, ChildStartError } from './child-app.ts';
import { loadKeys } from './keys.ts';
import type { ProcessLogs } from './process-logs.ts';

/** One Callcast on one machine. */
export interface AllInOneOptions {
  /** Folder of the repo. */
  readonly root: string;
  readonly stateFolder: string;
  readonly config: CliConfig;
  readonly workers: number;
  /** Keeps the data of earlier runs, and keeps it through a power cut; else begins empty. */
  readonly isLasting: boolean;
  readonly logs: ProcessLogs;
  readonly logger: Logger;
  /** A process came up, the first time or again: its id has changed. */
  readonly onChange: (runtime: RuntimeFile) => void;
  /** PostgreSQL or Redis is gone: nothing can go on. */
  readonly onFatal: (reason: string) => void;
}

const HTTP_PORT = 3000;
const WCS_PORT = 9091;
const SIP_PORT = 5060;
const PORT_TRIES = 5;
const CONTROL_HOST = '127.0.0.1';

type AppName = 'api' | 'worker' | 'signaling';

/** What a packet leaves behind is garbage at once: a worker needs no 48 MB for young objects, which is what Node.js takes. */
const NODE_OPTIONS: Readonly<Record<AppName, readonly string[]>> = {
  api: [],
  worker: ['--max-semi-space-size=2'],
  signaling: [],
};

/** PostgreSQL, Redis, signalling, one API and N workers, started in order and stopped in reverse. */
export class AllInOne implements Service {
  readonly #options: AllInOneOptions;
  readonly #services: LocalServices;
  #watchdog = new Watchdog();
  #apps: ChildApp[] = [];
  #plan: AppPlan | undefined;

  constructor(options: AllInOneOptions) {
    this.#options = options;
    this.#services = new LocalServices({
      folder: join(options.stateFolder, 'services'),
      logger: options.logger,
      databaseUrl: options.config.databaseUrl,
      redisUrl: options.config.redisUrl,
      isDurable: options.isLasting,
      isFresh: !options.isLasting,
      onRestart: (name) => {
        options.logger.warn('services.restarted', { name });
        if (this.#plan !== undefined) options.onChange(this.runtime);
      },
      onCrash: (name) => {
        options.onFatal(
          `${name} ended and cannot be started again; its log is in ${options.stateFolder}`,
        );
      },
    });
  }

  /** @throws FolderBusyError when this copy runs already; ChildStartError when a process does not start. */
  async start(): Promise<void> {
    if (this.#plan !== undefined) return;
    try {
      await this.#services.start();
      await applyMigrations(this.#services.endpoints.databaseUrl);
      this.#plan = await this.#startSignaling(this.#services.endpoints);
      await this.#startApps(this.#plan);
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#options.onChange(this.runtime);
  }

  async stop(): Promise<void> {
    this.#plan = undefined;
    const apps = this.#apps;
    this.#apps = [];
    await stopApps(apps);
    this.#watchdog.release();
    this.#watchdog = new Watchdog();
    await this.#services.stop();
  }

  /** Ends and starts the processes made of our code, on the same ports. */
  async restartApps(): Promise<void> {
    await stopApps(this.#apps);
    for (const app of this.#apps) await app.start();
  }

  /** Where everything is reached; the contents of runtime.json. */
  get runtime(): RuntimeFile {
    const plan = this.#plan;
    const api = this.#apps.find(({ name }) => name === 'api');
    if (plan === undefined || api === undefined) throw new Error('not started');
    const pids = this.#apps.flatMap(({ name, pid }) => (pid === undefined ? [] : [[name, pid]]));
    return {
      apiUrl: String(api.readyFields['url']),
      wcsUrl: String(api.readyFields['wcsUrl']),
      apiKey: plan.keys.apiKey,
      databaseUrl: plan.databaseUrl,
      redisUrl: plan.redisUrl,
      drachtio: plan.drachtio,
      sip: { ...plan.sip, host: plan.sip.host.split(',')[0] ?? '' },
      workers: Object.fromEntries(
        this.#apps.flatMap(({ name, readyFields: { healthUrl } }) =>
          typeof healthUrl === 'string' ? [[name, healthUrl]] : [],
        ),
      ),
      pids: {
        cli: process.pid,
        ...this.#services.endpoints.pids,
        ...(Object.fromEntries(pids) as Record<string, number>),
      },
    };
  }

  async #startSignaling(endpoints: ServiceEndpoints): Promise<AppPlan> {
    const { config, stateFolder } = this.#options;
    const keys = loadKeys(stateFolder, config);
    const { databaseUrl, redisUrl } = endpoints;
    const secret = randomBytes(16).toString('hex');
    const recordings = join(stateFolder, 'recordings');
    return await this.#retryOtherPorts(config.sip.port === undefined, async () => {
      const sip = { host: config.sip.hosts.join(','), port: await this.#sipPort() };
      if (config.drachtio !== undefined) {
        const drachtio = { ...config.drachtio, secret: config.drachtio.secret.reveal() };
        return { config, keys, databaseUrl, redisUrl, sip, drachtio, recordings };
      }
      const drachtio = { host: CONTROL_HOST, port: await findFreePort(), secret };
      await this.#startApp(
        'signaling',
        'signaling',
        signalingEnvironment(config, { drachtio, sip }),
      );
      return { config, keys, databaseUrl, redisUrl, sip, drachtio, recordings };
    });
  }

  async #startApps(plan: AppPlan): Promise<void> {
    const workers = Array.from({ length: this.#options.workers }, (_, index) =>
      this.#startApp('worker', `worker-${index + 1}`, workerEnvironment(plan, index)),
    );
    const results = await Promise.allSettled([...workers, this.#startApi(plan)]);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason as Error;
  }

  async #startApi(plan: AppPlan): Promise<void> {
    const { http, wcsPort } = this.#options.config;
    const canMove = http.port === undefined || wcsPort === undefined;
    await this.#retryOtherPorts(canMove, async () => {
      const ports = {
        http: http.port ?? (await findFreePort({ host: http.host, preferred: HTTP_PORT })),
        wcs: wcsPort ?? (await findFreePort({ host: http.host, preferred: WCS_PORT })),
      };
      await this.#startApp('api', 'api', apiEnvironment(plan, ports));
    });
  }

  async #sipPort(): Promise<number> {
    const { hosts, port } = this.#options.config.sip;
    const [host] = hosts;
    return (
      port ??
      (await findFreePort({
        ...(host === undefined ? {} : { host }),
        preferred: SIP_PORT,
        alsoUdp: true,
      }))
    );
  }

  /** Between our look at a port and its use another program may take it. */
  async #retryOtherPorts<T>(canMove: boolean, start: () => Promise<T>): Promise<T> {
    const mostTries = canMove ? PORT_TRIES : 1;
    for (let tries = 1; ; tries++) {
      try {
        return await start();
      } catch (error) {
        const isTaken = error instanceof ChildStartError && error.lastLines.some(tellsOfTakenPort);
        if (!isTaken || tries === mostTries) throw error;
      }
    }
  }

  async #startApp(app: AppName, name: string, environment: Record<string, string>): Promise<void> {
    const { root, logs } = this.#options;
    const child = new ChildApp({
      name,
      script: appScript(root, app),
      environment,
      nodeOptions: NODE_OPTIONS[app],
      readyEvent: `${app}.ready`,
      watchdog: this.#watchdog,
      timers: systemTimers,
      onLine: (line) => {
        // A taken port is our affair: another one is tried.
        const isOurs = tellsOfTakenPort(JSON.stringify(line.fields));
        logs.take(name, isOurs ? { ...line, level: 'debug' } : line);
      },
      onReady: () => {
        if (this.#apps.includes(child) && this.#plan !== undefined)
          this.#options.onChange(this.runtime);
      },
    });
    await child.start();
    this.#apps.push(child);
  }
}

/** All at once, or each worker would dial the calls of the one before it; signalling last: it sends their BYEs. */
async function stopApps(apps: readonly ChildApp[]): Promise<void> {
  const isSignaling = ({ name }: ChildApp): boolean => name === 'signaling';
  await Promise.all(apps.filter((app) => !isSignaling(app)).map((app) => app.stop()));
  await Promise.all(apps.filter(isSignaling).map((app) => app.stop()));
}

function tellsOfTakenPort(text: string): boolean {
  return /EADDRINUSE|address already in use/i.test(text);
}
