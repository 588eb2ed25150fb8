import { Catch, Inject } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '#foundation';
import { Fault } from '#domain';
import { TOKENS } from '../tokens.ts';
import { PROBLEM_TYPE, problemOf } from './problem.ts';
import { RouteTable } from './route-table.ts';

/** Every error becomes a problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    @Inject(TOKENS.logger) private readonly logger: Logger,
    @Inject(RouteTable) private readonly routes: RouteTable,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent) return;
    const allowed = request.is404 ? this.routes.methodsOf(request.url) : [];
    const problem = problemOf(
      allowed.length > 0 ? new Fault('METHOD_NOT_ALLOWED', { cause: error }) : error,
    );
    if (allowed.length > 0) void reply.header('allow', allowed.join(', '));
    // That there is no room now is no fault of ours, and may be told a thousand times a second.
    if (problem.status >= 500 && problem.body.code !== 'CAPACITY_FULL') {
      this.logger.error('http.failed', {
        requestId: request.id,
        route: request.routeOptions.url,
        code: problem.body.code,
        error,
      });
    }
    void reply
      .code(problem.status)
      .headers(problem.headers)
      .header('content-type', PROBLEM_TYPE)
      .send(problem.body);
  }
}
