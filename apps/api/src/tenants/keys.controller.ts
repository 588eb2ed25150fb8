import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import {
  createKeySchema,
  keyPageSchema,
  keyViewSchema,
  listOfAppQuerySchema,
  newKeyViewSchema,
  rotateKeySchema,
} from '#contracts';
import type { CreateKey, KeyView, ListOfAppQuery, NewKeyView, RotateKey } from '#contracts';
import type { KeyStore } from '#domain';
import { Answers } from '../docs/answers.ts';
import { Body, Query } from '../http/checked.ts';
import { AccessBy } from '../http/access.ts';
import { By, listedApp } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';
import { KeyDesk } from './key-desk.ts';
import type { MadeKey } from './key-desk.ts';
import { pageQuery } from './page-query.ts';
import { keyView } from './tenant-views.ts';

@ApiTags('apps')
@ApiBearerAuth()
@Controller('v1/keys')
export class KeysController {
  constructor(
    @Inject(TOKENS.apiKeys) private readonly store: KeyStore,
    @Inject(KeyDesk) private readonly desk: KeyDesk,
  ) {}

  @Post()
  @AccessBy('admin')
  @HttpCode(201)
  @ApiOperation({
    summary: 'Make a key.',
    description: 'Only its hash is stored: whoever loses it makes another one.',
  })
  @Answers(201, newKeyViewSchema, 'The key.', [400, 401, 404, 413, 415, 503])
  async create(
    @By() caller: Caller,
    @Body({ schema: createKeySchema }) request: CreateKey,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewKeyView> {
    return shown(await this.desk.create(request, caller), reply);
  }

  @Get()
  @AccessBy('admin')
  @ApiOperation({ summary: 'List keys, oldest first, without what they are asked with.' })
  @Answers(200, keyPageSchema, 'A page of keys.', [400, 401, 503])
  async list(
    @By() caller: Caller,
    @Query({ schema: listOfAppQuerySchema }) query: ListOfAppQuery,
  ): Promise<z.output<typeof keyPageSchema>> {
    const page = await this.store.listKeys(pageQuery(query, listedApp(caller, query.appKey)));
    return { items: page.items.map(keyView), nextCursor: page.nextCursor };
  }

  @Get(':id')
  @AccessBy('admin')
  @ApiOperation({ summary: 'One key.' })
  @Answers(200, keyViewSchema, 'The key.', [401, 404, 503])
  async show(@By() caller: Caller, @Param('id') id: string): Promise<KeyView> {
    return keyView(await this.desk.find(id, caller));
  }

  @Delete(':id')
  @AccessBy('admin')
  @ApiOperation({
    summary: 'Revoke a key for good.',
    description:
      'Within five seconds no API process takes it, and streams that were opened with it end.',
  })
  @Answers(200, keyViewSchema, 'The key.', [401, 404, 503])
  async revoke(@By() caller: Caller, @Param('id') id: string): Promise<KeyView> {
    return keyView(await this.desk.revoke(id, caller));
  }

  @Post(':id/rotate')
  @AccessBy('admin')
  @HttpCode(201)
  @ApiOperation({
    summary: 'Make a key that takes the place of another.',
    description:
      'It has the same name, scope and expiry. The other one is taken for a while longer, so that clients can change.',
  })
  @Answers(201, newKeyViewSchema, 'The new key.', [400, 401, 404, 409, 413, 415, 503])
  async rotate(
    @By() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: rotateKeySchema }) request: RotateKey,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewKeyView> {
    return shown(await this.desk.rotate(id, request, caller), reply);
  }
}

function shown({ record, key }: MadeKey, reply: FastifyReply): NewKeyView {
  void reply.header('location', `/v1/keys/${record.id}`).header('cache-control', 'no-store');
  return { ...keyView(record), key: key.reveal() };
}
