import { Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import {
  changeHookSchema,
  createHookSchema,
  hookPageSchema,
  hookTestViewSchema,
  hookViewSchema,
  listHooksQuerySchema,
  newHookViewSchema,
  rotateSecretSchema,
  rotatedSecretSchema,
} from '#contracts';
import type {
  ChangeHook,
  CreateHook,
  HookTestView,
  HookView,
  NewHookView,
  RotateSecret,
  RotatedSecret,
} from '#contracts';
import type { HookRegistry } from '#domain';
import { Answers } from '../docs/answers.ts';
import { Body, Query } from '../http/checked.ts';
import { AccessBy } from '../http/access.ts';
import { By, listedApp } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { Ids } from '../idempotency/request-ids.ts';
import type { RequestIds } from '../idempotency/request-ids.ts';
import { TOKENS } from '../tokens.ts';
import { HookDesk } from './hook-desk.ts';
import { HookTestDesk } from './hook-test-desk.ts';
import { hookView } from './hook-view.ts';
import { KnownHooks } from './known-hooks.ts';

@ApiTags('hooks')
@ApiBearerAuth()
@Controller('v1/hooks')
export class HooksController {
  constructor(
    @Inject(TOKENS.hooks) private readonly registry: HookRegistry,
    @Inject(KnownHooks) private readonly hooks: KnownHooks,
    @Inject(HookDesk) private readonly desk: HookDesk,
    @Inject(HookTestDesk) private readonly tests: HookTestDesk,
  ) {}

  @Post()
  @AccessBy('admin')
  @HttpCode(201)
  @ApiOperation({
    summary: 'Have an endpoint told of the events of your calls.',
    description:
      'Every event is told at least once, those of a call in their order, signed as Standard Webhooks says. A status from ' +
      '200 to 299 takes it, 410 disables the hook, whatever else is tried again after 5 s, 30 s, 2 min, 15 min, 1, 4, 8, 12 ' +
      'and 24 h. An app has at most 20 hooks.',
  })
  @Answers(
    201,
    newHookViewSchema,
    'The hook, and the secret that it signs with.',
    [400, 401, 409, 413, 415, 422, 503],
  )
  async create(
    @By() caller: Caller,
    @Ids() ids: RequestIds,
    @Body({ schema: createHookSchema }) request: CreateHook,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewHookView> {
    const { hook, secret } = await this.desk.create(request, caller, ids(0));
    void reply.header('location', `/v1/hooks/${hook.id}`);
    return { ...hookView(hook), secret: secret.reveal() };
  }

  @Get()
  @ApiOperation({ summary: 'List hooks, newest first.' })
  @Answers(200, hookPageSchema, 'A page of hooks.', [400, 401, 503])
  async list(
    @By() caller: Caller,
    @Query({ schema: listHooksQuerySchema }) query: z.output<typeof listHooksQuerySchema>,
  ): Promise<z.output<typeof hookPageSchema>> {
    const { cursor, limit } = query;
    const appKey = listedApp(caller, query.appKey);
    const page = await this.registry.listHooks({
      limit,
      ...(appKey === undefined ? {} : { appKey }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    return { items: page.items.map(hookView), nextCursor: page.nextCursor };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One hook, and why it is disabled if it is.' })
  @Answers(200, hookViewSchema, 'The hook.', [401, 404, 503])
  async show(@By() caller: Caller, @Param('id') id: string): Promise<HookView> {
    return hookView(await this.hooks.find(id, caller));
  }

  @Patch(':id')
  @AccessBy('admin')
  @ApiOperation({
    summary: 'Change a hook, or switch it off and on.',
    description:
      'Whatever waits goes to the new URL; with a new one, or when it is enabled, it is tried at once. The dialect applies to ' +
      'what happens from now on.',
  })
  @Answers(200, hookViewSchema, 'The hook.', [400, 401, 404, 413, 415, 422, 503])
  async change(
    @By() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: changeHookSchema }) request: ChangeHook,
  ): Promise<HookView> {
    return hookView(await this.desk.change(await this.hooks.find(id, caller), request, caller));
  }

  @Delete(':id')
  @AccessBy('admin')
  @ApiOperation({ summary: 'Forget a hook, and what it was told.' })
  @Answers(200, hookViewSchema, 'The hook, as it was.', [401, 404, 503])
  async remove(@By() caller: Caller, @Param('id') id: string): Promise<HookView> {
    const hook = await this.hooks.find(id, caller);
    await this.desk.remove(hook, caller);
    return hookView(hook);
  }

  @Post(':id/rotate-secret')
  @AccessBy('admin')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Sign with another secret.',
    description:
      'For a while each delivery has two signatures, so that receivers can take the new secret when they are ready. Only the ' +
      'last two secrets sign: a second rotation ends the first one at once.',
  })
  @Answers(
    200,
    rotatedSecretSchema,
    'The secret that it signs with from now on.',
    [400, 401, 404, 413, 415, 503],
  )
  async rotate(
    @By() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: rotateSecretSchema }) request: RotateSecret,
  ): Promise<RotatedSecret> {
    const hook = await this.hooks.find(id, caller);
    const { secret, previousUntil } = await this.desk.rotate(hook, request, caller);
    return { secret: secret.reveal(), previousUntil: previousUntil.toISOString() };
  }

  @Post(':id/test')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Send an endpoint an event that only tries it.',
    description:
      'At once, past all that waits, and also while the hook is disabled: `hook.test`, in the dialect `wcs` a ' +
      'ConnectionStatusEvent. The answer says what the endpoint has said; it takes up to 15 s. Nothing of it is kept.',
  })
  @Answers(
    200,
    hookTestViewSchema,
    'What came of it, also when the endpoint does not answer.',
    [401, 404, 429, 503],
  )
  async test(@By() caller: Caller, @Param('id') id: string): Promise<HookTestView> {
    return await this.tests.test(await this.hooks.find(id, caller));
  }
}
