export { applyMigrations } from './migrations.ts';
export { openStore, PrismaStore } from './prisma-store.ts';
export { rotateSecrets } from './secret-rotation.ts';
export { SEALED_COLUMNS } from './sealed-columns.ts';
