import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Life } from './http/life.ts';
import { RequestTraces } from './http/request-traces.ts';
import { RouteTable } from './http/route-table.ts';
import { Tenancy } from './tenants/tenancy.ts';
import { TOKENS } from './tokens.ts';
import type { ApiParts } from './tokens.ts';

/** What the server makes for itself before it is joined. */
export interface OwnParts {
  readonly routes: RouteTable;
  readonly life: Life;
  readonly tenancy: Tenancy;
  readonly traces: RequestTraces;
}

/** Gives every part to whoever asks for its token. */
@Global()
@Module({})
export class PartsModule {
  static with(parts: ApiParts, { routes, life, tenancy, traces }: OwnParts): DynamicModule {
    const names = Object.keys(TOKENS) as (keyof typeof TOKENS)[];
    const providers = names.map((name) => ({ provide: TOKENS[name], useValue: parts[name] }));
    const own = [
      { provide: RouteTable, useValue: routes },
      { provide: Life, useValue: life },
      { provide: Tenancy, useValue: tenancy },
      { provide: RequestTraces, useValue: traces },
    ];
    return {
      module: PartsModule,
      providers: [...providers, ...own],
      exports: [...providers, ...own].map(({ provide }) => provide),
    };
  }
}
