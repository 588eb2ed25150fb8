import { Controller, Get, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { auditPageSchema, listOfAppQuerySchema } from '#contracts';
import type { ListOfAppQuery } from '#contracts';
import type { AuditTrail } from '#domain';
import { Answers } from '../docs/answers.ts';
import { Query } from '../http/checked.ts';
import { AccessBy } from '../http/access.ts';
import { By, listedApp } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';
import { pageQuery } from './page-query.ts';
import { auditView } from './tenant-views.ts';

@ApiTags('apps')
@ApiBearerAuth()
@Controller('v1/audit')
export class AuditController {
  constructor(@Inject(TOKENS.audit) private readonly trail: AuditTrail) {}

  @Get()
  @AccessBy('admin')
  @ApiOperation({
    summary: 'Who has changed what, newest first.',
    description:
      'Changes of apps, keys, trunks and hooks, with what was before and after, without secrets. Nothing in it can be changed.',
  })
  @Answers(200, auditPageSchema, 'A page of the trail.', [400, 401, 503])
  async list(
    @By() caller: Caller,
    @Query({ schema: listOfAppQuerySchema }) query: ListOfAppQuery,
  ): Promise<z.output<typeof auditPageSchema>> {
    const page = await this.trail.listAudit(pageQuery(query, listedApp(caller, query.appKey)));
    return { items: page.items.map(auditView), nextCursor: page.nextCursor };
  }
}
