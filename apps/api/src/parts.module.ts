import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { RouteTable } from './http/route-table.ts';
import { TOKENS } from './tokens.ts';
import type { ApiParts } from './tokens.ts';

/** Gives every part to whoever asks for its token. */
@Global()
@Module({})
export class PartsModule {
  static with(parts: ApiParts, routes: RouteTable): DynamicModule {
    const names = Object.keys(TOKENS) as (keyof ApiParts)[];
    const providers = names.map((name) => ({ provide: TOKENS[name], useValue: parts[name] }));
    const table = { provide: RouteTable, useValue: routes };
    return {
      module: PartsModule,
      providers: [...providers, table],
      exports: [...providers.map(({ provide }) => provide), RouteTable],
    };
  }
}
