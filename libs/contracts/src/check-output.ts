import { z } from 'zod';
import { CHECK_STEPS, ERROR_CATALOG, PLATFORMS } from '#domain';
import type { ErrorCode } from '#domain';
import { checkTarget, rtmpTargetShape } from './output-request.ts';

/** The body of `POST /v1/outputs/check`. */
export const checkOutputSchema = z
  .strictObject({
    ...rtmpTargetShape,
    platform: z
      .enum(PLATFORMS)
      .optional()
      .describe('Whose rules are looked at. Default: by the name of the host.'),
    audio: z
      .strictObject({
        codec: z.enum(['aac', 'opus']).default('aac'),
        sampleRate: z.literal([16000, 32000, 44100, 48000]).default(44100),
        channels: z.union([z.literal(1), z.literal(2)]).default(1),
        bitrateKbps: z.int().min(16).max(256).default(64),
      })
      .prefault({})
      .describe('What the call is going to publish; for the rules of the platform.'),
    video: z
      .strictObject({ keyFrameSeconds: z.number().min(0.1).max(60).default(2) })
      .optional()
      .describe('Only if the call is going to have a picture.'),
  })
  .superRefine(checkTarget)
  .meta({ id: 'CheckOutput' });

const checkStep = z.enum(CHECK_STEPS);

const errorCode = z.enum(Object.keys(ERROR_CATALOG) as [ErrorCode, ...ErrorCode[]]);

/** What a worker is asked to try. The login as it stands in a URL. */
export const targetAttemptRequestSchema = z.strictObject({
  url: z.string(),
  streamKey: z.string(),
  credentials: z.string().nullable(),
  sampleRate: z.literal([16000, 32000, 44100, 48000]),
});

/** What a worker finds out by publishing for a second. */
export const targetAttemptSchema = z.object({
  steps: z
    .array(
      z.object({
        step: checkStep,
        ms: z.number().describe('Since the beginning.'),
        detail: z.string().describe('Such as the address or the version of TLS; may be empty.'),
      }),
    )
    .describe('What went well, in order.'),
  failure: z.object({ code: errorCode, detail: z.string() }).nullable(),
  enhancedRtmp: z
    .object({ opus: z.boolean(), reconnectRequests: z.boolean() })
    .nullable()
    .describe('What the server says of Enhanced RTMP; null if nothing.'),
});

/** What `POST /v1/outputs/check` answers. */
export const outputCheckViewSchema = z
  .object({
    ok: z.boolean().describe('The server took the stream, and no rule of the platform breaks it.'),
    url: z.string().describe('Without key and credentials.'),
    platform: z.string(),
    node: z.string().describe('The worker that tried: firewalls may differ between them.'),
    steps: targetAttemptSchema.shape.steps,
    problem: z
      .object({
        step: checkStep.describe('What did not go well.'),
        code: errorCode,
        detail: z.string(),
        advice: z.string().describe('What to do, in plain words.'),
      })
      .nullable(),
    enhancedRtmp: targetAttemptSchema.shape.enhancedRtmp,
    rules: z.array(
      z.object({
        level: z
          .enum(['breaks', 'advice'])
          .describe('`breaks`: the platform refuses it or shows nothing.'),
        rule: z.string(),
        text: z.string(),
      }),
    ),
  })
  .meta({ id: 'OutputCheck' });

export type CheckOutput = z.output<typeof checkOutputSchema>;
export type OutputCheckView = z.output<typeof outputCheckViewSchema>;
export type TargetAttemptRequest = z.output<typeof targetAttemptRequestSchema>;
