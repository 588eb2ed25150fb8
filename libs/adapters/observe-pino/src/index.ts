export { LOG_LEVELS, openLogger } from './json-logger.ts';
export type { LogLevel, LoggerOptions } from './json-logger.ts';
export { openMetrics } from './metrics.ts';
