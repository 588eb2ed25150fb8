import { Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import {
  changeTrunkSchema,
  createTrunkSchema,
  listTrunksQuerySchema,
  trunkPageSchema,
  trunkTestViewSchema,
  trunkViewSchema,
} from '#contracts';
import type { ChangeTrunk, CreateTrunk, TrunkTestView, TrunkView } from '#contracts';
import type { TrunkRecord, TrunkRegistry } from '#domain';
import { Answers } from '../docs/answers.ts';
import { Body, Query } from '../http/checked.ts';
import { AccessBy } from '../http/access.ts';
import { By, listedApp } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';
import { KnownTrunks } from './known-trunks.ts';
import { TrunkDesk } from './trunk-desk.ts';
import { TrunkTestDesk } from './trunk-test-desk.ts';
import { trunkView } from './trunk-view.ts';

@ApiTags('trunks')
@ApiBearerAuth()
@Controller('v1/trunks')
export class TrunksController {
  constructor(
    @Inject(TOKENS.trunks) private readonly registry: TrunkRegistry,
    @Inject(KnownTrunks) private readonly trunks: KnownTrunks,
    @Inject(TrunkDesk) private readonly desk: TrunkDesk,
    @Inject(TrunkTestDesk) private readonly tests: TrunkTestDesk,
  ) {}

  @Post()
  @AccessBy('admin')
  @HttpCode(201)
  @ApiOperation({
    summary: 'Keep a SIP account that calls may name as their `trunk`.',
    description:
      'Its login, proxy and limits then apply to all of them. The password is sealed, and shown to nobody.',
  })
  @Answers(201, trunkViewSchema, 'The trunk.', [400, 401, 403, 409, 413, 415, 422, 503])
  async create(
    @By() caller: Caller,
    @Body({ schema: createTrunkSchema }) request: CreateTrunk,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TrunkView> {
    const trunk = await this.desk.create(request, caller);
    void reply.header('location', `/v1/trunks/${trunk.id}`);
    return trunkView(trunk);
  }

  @Get()
  @ApiOperation({ summary: 'List trunks, oldest first.' })
  @Answers(200, trunkPageSchema, 'A page of trunks.', [400, 401, 503])
  async list(
    @By() caller: Caller,
    @Query({ schema: listTrunksQuerySchema }) query: z.output<typeof listTrunksQuerySchema>,
  ): Promise<z.output<typeof trunkPageSchema>> {
    const { cursor, limit } = query;
    const appKey = listedApp(caller, query.appKey);
    const page = await this.registry.listTrunks({
      limit,
      ...(appKey === undefined ? {} : { appKey }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const usages = await this.registry.usageOf(page.items.map(({ id }) => id));
    const items = page.items.map((trunk) => trunkView(trunk, usages.get(trunk.id)));
    return { items, nextCursor: page.nextCursor };
  }

  @Get(':trunk')
  @ApiOperation({
    summary: 'One trunk, by its name or id, whether it answers, and what it carries.',
  })
  @Answers(200, trunkViewSchema, 'The trunk.', [401, 404, 503])
  async show(@By() caller: Caller, @Param('trunk') trunk: string): Promise<TrunkView> {
    return await this.#view(await this.trunks.find(trunk, caller));
  }

  @Patch(':trunk')
  @AccessBy('admin')
  @ApiOperation({
    summary: 'Change a trunk.',
    description:
      'What is left out stays; null takes it away. It applies to every INVITE from now on, also of calls that are already ' +
      'placed; calls that are up stay up.',
  })
  @Answers(200, trunkViewSchema, 'The trunk.', [400, 401, 403, 404, 409, 413, 415, 422, 503])
  async change(
    @By() caller: Caller,
    @Param('trunk') trunk: string,
    @Body({ schema: changeTrunkSchema }) request: ChangeTrunk,
  ): Promise<TrunkView> {
    const known = await this.trunks.find(trunk, caller);
    return await this.#view(await this.desk.change(known, request, caller));
  }

  @Delete(':trunk')
  @AccessBy('admin')
  @ApiOperation({ summary: 'Forget a trunk that no live call uses.' })
  @Answers(200, trunkViewSchema, 'The trunk, as it was.', [401, 403, 404, 409, 503])
  async remove(@By() caller: Caller, @Param('trunk') nameOrId: string): Promise<TrunkView> {
    const trunk = await this.trunks.find(nameOrId, caller);
    await this.desk.remove(trunk, caller);
    return trunkView(trunk);
  }

  @Post(':trunk/test')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Try a trunk before the show.',
    description:
      'A worker sends OPTIONS, shows the login if it is asked for, and registers the account if the trunk is to be ' +
      'registered. The answer says how far it came. It takes up to 20 s where nobody answers.',
  })
  @Answers(
    200,
    trunkTestViewSchema,
    'What was found, also when the trunk does not answer.',
    [401, 404, 429, 503],
  )
  async test(@By() caller: Caller, @Param('trunk') trunk: string): Promise<TrunkTestView> {
    return await this.tests.test(await this.trunks.find(trunk, caller));
  }

  async #view(trunk: TrunkRecord): Promise<TrunkView> {
    const usages = await this.registry.usageOf([trunk.id]);
    return trunkView(trunk, usages.get(trunk.id));
  }
}
