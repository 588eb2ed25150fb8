import { Controller, Get, HttpCode, Inject, Param, Patch, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import {
  appPageSchema,
  appViewSchema,
  changeAppSchema,
  createAppSchema,
  listOfAppQuerySchema,
} from '#contracts';
import type { AppView, ChangeApp, CreateApp, ListOfAppQuery } from '#contracts';
import type { AppStore } from '#domain';
import { Answers } from '../docs/answers.ts';
import { Body, Query } from '../http/checked.ts';
import { AccessBy } from '../http/access.ts';
import { By } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';
import { AppDesk } from './app-desk.ts';
import { pageQuery } from './page-query.ts';
import { appView } from './tenant-views.ts';

@ApiTags('apps')
@ApiBearerAuth()
@Controller('v1/apps')
export class AppsController {
  constructor(
    @Inject(TOKENS.apps) private readonly store: AppStore,
    @Inject(AppDesk) private readonly desk: AppDesk,
  ) {}

  @Post()
  @AccessBy('operator')
  @HttpCode(201)
  @ApiOperation({
    summary: 'Create an app: a tenant with keys, calls, trunks and hooks of its own.',
    description:
      'Nobody but operators sees what belongs to another app. Its limits are counted over all API processes.',
  })
  @Answers(201, appViewSchema, 'The app.', [400, 401, 409, 413, 415, 503])
  async create(
    @By() caller: Caller,
    @Body({ schema: createAppSchema }) request: CreateApp,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AppView> {
    const app = await this.desk.create(request, caller);
    void reply.header('location', `/v1/apps/${app.appKey}`);
    return appView(app);
  }

  @Get()
  @AccessBy('operatorRead')
  @ApiOperation({ summary: 'List apps, by name.' })
  @Answers(200, appPageSchema, 'A page of apps.', [400, 401, 503])
  async list(
    @Query({ schema: listOfAppQuerySchema }) query: ListOfAppQuery,
  ): Promise<z.output<typeof appPageSchema>> {
    const page = await this.store.listApps(pageQuery(query, query.appKey));
    return { items: page.items.map(appView), nextCursor: page.nextCursor };
  }

  @Get(':appKey')
  @ApiOperation({ summary: 'One app: your own, or for operators any.' })
  @Answers(200, appViewSchema, 'The app.', [401, 404, 503])
  async show(@By() caller: Caller, @Param('appKey') appKey: string): Promise<AppView> {
    return appView(await this.desk.find(appKey, caller));
  }

  @Patch(':appKey')
  @AccessBy('operator')
  @ApiOperation({
    summary: 'Change an app: its limits, where its calls may lead, whether it is enabled.',
    description: 'All API processes know of it within five seconds. Calls that live go on.',
  })
  @Answers(200, appViewSchema, 'The app.', [400, 401, 404, 413, 415, 503])
  async change(
    @By() caller: Caller,
    @Param('appKey') appKey: string,
    @Body({ schema: changeAppSchema }) request: ChangeApp,
  ): Promise<AppView> {
    return appView(await this.desk.change(appKey, request, caller));
  }
}
