import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Life } from './http/life.ts';
import { RouteTable } from './http/route-table.ts';
import { TOKENS } from './tokens.ts';
import type { ApiParts } from './tokens.ts';

/** Gives every part to whoever asks for its token. */
@Global()
@Module({})
export class PartsModule {
  static with(parts: ApiParts, routes: RouteTable, life: Life): DynamicModule {
    const names = Object.keys(TOKENS) as (keyof ApiParts)[];
    const providers = names.map((name) => ({ provide: TOKENS[name], useValue: parts[name] }));
    const table = { provide: RouteTable, useValue: routes };
    const ending = { provide: Life, useValue: life };
    return {
      module: PartsModule,
      providers: [...providers, table, ending],
      exports: [...providers.map(({ provide }) => provide), RouteTable, Life],
    };
  }
}
