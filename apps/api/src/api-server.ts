import { StandardSchemaValidationPipe } from '@nestjs/common';
import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.ts';
import { OpenApiHolder, openApiDocument } from './docs/openapi-document.ts';
import { openAdapter, prepareEdge } from './http/edge.ts';
import { fieldErrors } from './http/field-errors.ts';
import { ProblemFilter } from './http/problem.filter.ts';
import { Rejection } from './http/rejection.ts';
import { RouteTable } from './http/route-table.ts';
import { nestLogger } from './nest-logger.ts';
import type { ApiParts } from './tokens.ts';
import { WcsListener } from './wcs/wcs-listener.ts';

/** Where to listen; port 0 asks for a free one. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly wcsPort: number;
}

/** The HTTP side of the API, over whatever parts it is given. */
export class ApiServer {
  readonly #wcs: WcsListener;

  private constructor(
    readonly app: NestFastifyApplication,
    readonly routes: RouteTable,
  ) {
    this.#wcs = new WcsListener(app.getHttpAdapter().getInstance());
  }

  /** Joins the parts; nothing listens yet. */
  static async open(parts: ApiParts): Promise<ApiServer> {
    const adapter = openAdapter();
    const routes = new RouteTable();
    prepareEdge(adapter.getInstance(), parts, routes);
    const options: NestApplicationOptions = {
      bodyParser: false,
      abortOnError: false,
      forceCloseConnections: true,
      logger: nestLogger(parts.logger),
    };
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.with(parts, routes),
      adapter,
      options,
    );
    app.useGlobalFilters(new ProblemFilter(parts.logger, routes));
    app.useGlobalPipes(
      new StandardSchemaValidationPipe({
        exceptionFactory: (issues) => new Rejection('REQUEST_INVALID', fieldErrors(issues)),
      }),
    );
    await app.init();
    await adapter.getInstance().ready();
    app.get(OpenApiHolder).fill(openApiDocument(app));
    return new ApiServer(app, routes);
  }

  /** @returns The URLs of both ports. */
  async listen(options: ListenOptions): Promise<{ url: string; wcsUrl: string }> {
    const { host, port, wcsPort } = options;
    const url = await this.app.getHttpAdapter().getInstance().listen({ host, port });
    const shownHost = new URL(url).hostname;
    const heard = await this.#wcs.listen(host, wcsPort);
    return { url, wcsUrl: `http://${shownHost}:${heard}` };
  }

  async close(): Promise<void> {
    await this.#wcs.close();
    await this.app.close();
  }
}
