import { Global, Module } from '@nestjs/common';
import { AppDesk } from './app-desk.ts';
import { AppsController } from './apps.controller.ts';
import { AuditController } from './audit.controller.ts';
import { KeyDesk } from './key-desk.ts';
import { KeysController } from './keys.controller.ts';
import { TenantRuleBook } from './tenant-rules.ts';

/** `/v1/apps`, `/v1/keys`, `/v1/audit`, and what they say of everything else. */
@Global()
@Module({
  controllers: [AppsController, KeysController, AuditController],
  providers: [AppDesk, KeyDesk, TenantRuleBook],
  exports: [TenantRuleBook],
})
export class TenantsModule {}
