import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { withDeadline } from '#foundation';
import type { Timers } from '#foundation';
import { AppModule } from './app.module.ts';
import { AnswerWaits } from './calls/answer-waits.ts';
import { OpenApiHolder, openApiDocument } from './docs/openapi-document.ts';
import { EventHub } from './events/event-hub.ts';
import { openAdapter, prepareEdge } from './http/edge.ts';
import { ProblemFilter } from './http/problem.filter.ts';
import { Life } from './http/life.ts';
import { RequestTraces } from './http/request-traces.ts';
import { RouteTable } from './http/route-table.ts';
import { nestLogger } from './nest-logger.ts';
import { PreviewRelay } from './preview/preview-relay.ts';
import type { OwnParts } from './parts.module.ts';
import { Tenancy } from './tenants/tenancy.ts';
import type { ApiParts } from './tokens.ts';
import { WcsListener } from './wcs/wcs-listener.ts';

/** Where to listen; port 0 asks for a free one. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly wcsPort: number;
}

/** How long requests under way may take when the process stops. */
const DRAIN_MS = 5_000;

/** Connections on which nobody asks any more are looked for this often while the process ends. */
const IDLE_CHECK_MS = 50;

async function createApp(parts: ApiParts, own: OwnParts): Promise<NestFastifyApplication> {
  const adapter = openAdapter();
  const server = adapter.getInstance();
  prepareEdge({ server, parts, ...own });
  const options: NestApplicationOptions = {
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: true,
    logger: nestLogger(parts.logger),
  };
  const module = AppModule.with(parts, own);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, options);
  app.useGlobalFilters(new ProblemFilter(parts.logger, own.routes));
  await app.init();
  await server.ready();
  app.get(OpenApiHolder).fill(openApiDocument(app));
  return app;
}

/** The HTTP side of the API, over whatever parts it is given. */
export class ApiServer {
  readonly routes: RouteTable;
  readonly #app: NestFastifyApplication;
  readonly #wcs: WcsListener;
  readonly #life: Life;
  readonly #timers: Timers;
  #closing: Promise<void> | undefined;
  #endDelay: () => void = () => undefined;

  private constructor(parts: {
    app: NestFastifyApplication;
    routes: RouteTable;
    life: Life;
    timers: Timers;
  }) {
    this.routes = parts.routes;
    this.#app = parts.app;
    this.#life = parts.life;
    this.#timers = parts.timers;
    this.#wcs = new WcsListener(parts.app.getHttpAdapter().getInstance());
  }

  /** Joins the parts; nothing listens yet. */
  static async open(parts: ApiParts): Promise<ApiServer> {
    const routes = new RouteTable();
    const life = new Life();
    const traces = new RequestTraces(parts.tracer);
    const app = await createApp(parts, { routes, life, tenancy: new Tenancy(parts), traces });
    return new ApiServer({ app, routes, life, timers: parts.timers });
  }

  /** @returns The URLs of both ports. */
  async listen({ host, port, wcsPort }: ListenOptions): Promise<{ url: string; wcsUrl: string }> {
    const url = await this.#app.getHttpAdapter().getInstance().listen({ host, port });
    const heard = await this.#wcs.listen(host, wcsPort);
    const wcsUrl = new URL(url);
    wcsUrl.port = String(heard);
    return { url, wcsUrl: wcsUrl.origin };
  }

  /**
   * Sends clients elsewhere, then takes no more requests, lets those under way end, and closes.
   * @param delayMs How long it serves before that, so that balancers notice. Without it, a delay under way ends at once.
   */
  close(delayMs = 0): Promise<void> {
    if (delayMs === 0) this.#endDelay();
    this.#closing ??= this.#close(delayMs);
    return this.#closing;
  }

  async #close(delayMs: number): Promise<void> {
    this.#life.drain();
    if (delayMs > 0) await this.#serveOn(delayMs);
    this.#app.get(EventHub).stop();
    this.#app.get(PreviewRelay).stop();
    this.#app.get(AnswerWaits).stop();
    const drained = Promise.all([this.#drainMain(), this.#wcs.drain()]);
    // What a stream has left behind would be kept for its client's next request.
    const idle = this.#timers.every(IDLE_CHECK_MS, () => this.#closeIdle());
    try {
      await withDeadline(this.#timers, DRAIN_MS, 'the last requests', drained);
    } catch {
      // They had their time; what follows cuts them.
    } finally {
      idle.cancel();
    }
    this.#wcs.cut();
    await this.#app.close();
  }

  async #serveOn(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#timers.after(delayMs, resolve);
      this.#endDelay = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #closeIdle(): void {
    this.#app.getHttpAdapter().getInstance().server.closeIdleConnections();
    this.#wcs.closeIdle();
  }

  async #drainMain(): Promise<void> {
    const { server } = this.#app.getHttpAdapter().getInstance();
    if (!server.listening) return;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
