import { z } from 'zod';

/** Where calls and outputs may go; the API refuses by it, and the worker does not dial. */
export const targetSettings = {
  CALLCAST_ALLOW_PRIVATE_TARGETS: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe('Whether calls may reach addresses of private networks and this machine.'),
} as const;
