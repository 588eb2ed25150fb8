export { LOG_LEVELS, openLogger } from './json-logger.ts';
export type { LogLevel } from './json-logger.ts';
export { openMetrics } from './metrics.ts';
