import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import { toFault } from './fault-map.ts';
import { PrismaClient } from './generated/client.ts';

/** Prisma's client on the connections of `pool`, with its errors in our words. */
export function openPrisma(pool: Pool) {
  return new PrismaClient({ adapter: new PrismaPg(pool) }).$extends({
    query: {
      async $allOperations({ args, query }): Promise<unknown> {
        try {
          return await query(args);
        } catch (error) {
          throw toFault(error);
        }
      },
    },
  });
}

/** Prisma's client as the store uses it. */
export type StoreClient = ReturnType<typeof openPrisma>;
