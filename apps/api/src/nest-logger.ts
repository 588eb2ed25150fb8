import type { LoggerService } from '@nestjs/common';
import type { Logger } from '#foundation';

/** What Nest says goes into our lines: its warnings and errors; the rest is of no use to an operator. */
export function nestLogger(logger: Logger): LoggerService {
  return {
    log: () => undefined,
    warn: (text: unknown) => logger.warn('nest.warning', { text }),
    error: (text: unknown) => logger.error('nest.error', { text }),
  };
}
