import { z } from 'zod';

const isHttp = (text: string): boolean =>
  URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);

/** Where traces are told. */
export const traceSettings = {
  CALLCAST_OTEL_ENDPOINT: z
    .string()
    .refine(isHttp, { error: 'must be a URL that starts with http: or https:' })
    .optional()
    .describe('An OpenTelemetry collector that is told traces, by OTLP over HTTP. Not set: none.'),
} as const;
