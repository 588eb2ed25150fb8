export { applyMigrations } from './migrations.ts';
export { openStore, PrismaStore } from './prisma-store.ts';
