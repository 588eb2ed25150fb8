import { Controller, Delete, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Fault } from '#domain';
import { AccessBy } from '../http/access.ts';
import { By } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';
import type { ApiSettings } from '../tokens.ts';
import { refuseOtherSites, setToken, shownToken } from './session-cookie.ts';
import { SessionDesk } from './session-desk.ts';
import type { OpenSession } from './session-ring.ts';
import { Body } from '../http/checked.ts';
import { csrfTokenOf } from './session-token.ts';

const signInSchema = z.strictObject({ apiKey: z.string().min(1).max(256) });

/** What a page is told of its session. */
interface SessionView {
  readonly keyId: string;
  readonly appKey: string;
  readonly scope: Caller['scope'];
  readonly allApps: boolean;
  /** To be sent as `x-csrf-token` with every request that changes something. */
  readonly csrfToken: string;
  readonly expiresAt: string;
}

const sessionView = ({ caller, token, endsAt }: OpenSession): SessionView => ({
  keyId: caller.keyId,
  appKey: caller.appKey,
  scope: caller.scope,
  allApps: caller.allApps,
  csrfToken: csrfTokenOf(token),
  expiresAt: endsAt.toISOString(),
});

/** Signing in and out of the dashboard. For its pages alone: clients send their key. */
@ApiExcludeController()
@Controller('dashboard')
export class SessionController {
  constructor(
    @Inject(SessionDesk) private readonly desk: SessionDesk,
    @Inject(TOKENS.settings) private readonly settings: ApiSettings,
  ) {}

  @Post('session')
  @AccessBy('open')
  @HttpCode(200)
  async signIn(
    @Body({ schema: signInSchema }) { apiKey }: z.output<typeof signInSchema>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionView> {
    refuseOtherSites(request, this.settings);
    const session = await this.desk.open(apiKey, reply);
    const before = shownToken(request, this.settings);
    if (before !== undefined) await this.desk.close(before);
    setToken(reply, this.settings, session.token);
    return told(reply, session);
  }

  @Get('session')
  show(
    @Req() { session }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): SessionView {
    return told(reply, shown(session));
  }

  @Delete('session')
  @AccessBy('read')
  @HttpCode(204)
  async signOut(
    @Req() { session }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.desk.close(shown(session).token);
    setToken(reply, this.settings, null);
  }

  @Delete('sessions')
  @AccessBy('read')
  @HttpCode(204)
  async signOutEverywhere(
    @By() caller: Caller,
    @Req() { session }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.desk.closeAll(caller, session?.token);
    setToken(reply, this.settings, null);
  }
}

function told(reply: FastifyReply, session: OpenSession): SessionView {
  void reply.header('cache-control', 'no-store');
  return sessionView(session);
}

/** @throws Fault SESSION_OVER for a request that came with a key. */
function shown(session: OpenSession | undefined): OpenSession {
  if (session === undefined) throw new Fault('SESSION_OVER');
  return session;
}
