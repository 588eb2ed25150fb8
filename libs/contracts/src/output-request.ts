import { z } from 'zod';
import { MAX_LIVE_OUTPUTS } from '#domain';
import { cleanText, recordingName, rtmpUrl, targetUrl } from './text-fields.ts';
import { keyInUrl } from './url-key.ts';

const rtmpTarget =
  'RTMP server and application, `rtmp://host:1935/live`; without `streamKey` also the key, `rtmp://host/live/key`.';

const loginShape = {
  streamKey: cleanText(512)
    .regex(/^\S+$/, 'must not contain spaces')
    .optional()
    .describe(
      'Stream name or key. Write-only: answers show it masked. Not needed when the URL ends in it; a recording has none.',
    ),
  username: cleanText(256)
    .optional()
    .describe('Of servers that ask publishers for a login. It may stand in the URL instead.'),
  password: cleanText(256).optional().describe('Write-only.'),
};

/** An RTMP target, and what its server wants to know. */
export const rtmpTargetShape = { url: rtmpUrl.describe(rtmpTarget), ...loginShape };

/** The fields of a target that a check of all of them looks at. */
interface TargetFields {
  readonly url: string;
  readonly streamKey?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** Key and login are given once, and whole. */
export function checkTarget(target: TargetFields, context: z.RefinementCtx): void {
  const add = (path: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [path], message });
  const { url, streamKey, username, password } = target;
  if (recordingName(url) !== undefined) {
    for (const name of ['streamKey', 'username', 'password'] as const) {
      if (target[name] !== undefined) add(name, 'is not for recordings');
    }
    return;
  }
  // Of a key alone there is nothing to check, and a URL that cannot be read is refused as it is.
  const isKeyAlone = streamKey !== undefined && username === undefined && password === undefined;
  if (isKeyAlone || !URL.canParse(url)) return;
  if (streamKey === undefined && keyInUrl(url) === undefined) {
    add('streamKey', 'is needed, unless the URL ends in it: rtmp://host/application/key');
  }
  if ((username === undefined) !== (password === undefined)) {
    add(username === undefined ? 'username' : 'password', 'is needed beside the other one');
  }
  if (username !== undefined && new URL(url).username !== '') {
    add('username', 'stands in the URL already');
  }
}

const retrySchema = z
  .strictObject({
    maxAttempts: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('Attempts in a row that fail, or are on air for less than half a minute.'),
    maxSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .optional()
      .describe('From the first of them to the last attempt.'),
  })
  .describe(
    'When the output is given up, as `failed` with the last fault of its server. Default: never while the call lives.',
  );

const backupSchema = z
  .strictObject({
    url: rtmpUrl.describe(rtmpTarget),
    ...loginShape,
    mode: z
      .enum(['hot', 'standby'])
      .default('hot')
      .describe(
        '`hot` publishes beside its primary all the time, as YouTube wants it; `standby` waits, steps in when the primary ' +
          'has been away for 5 s or has failed, and rests again when that has been on air for 10 s.',
      ),
  })
  .superRefine(checkTarget);

/** An output as it is asked for: in `POST /v1/calls` and as the body of `POST /v1/calls/{id}/outputs`. */
export const outputRequestSchema = z
  .strictObject({
    url: targetUrl.describe(
      `${rtmpTarget} Or \`file:NAME\`: a recording, which becomes NAME.mp4 in the folder CALLCAST_RECORDINGS of the worker ` +
        '(`file:` alone has the id of the call as its name).',
    ),
    ...loginShape,
    retry: retrySchema.optional(),
    backup: backupSchema
      .optional()
      .describe('A second place for the same stream: another output, with role `backup`.'),
  })
  .superRefine(checkTarget)
  .refine(({ url, backup }) => backup === undefined || recordingName(url) === undefined, {
    path: ['backup'],
    error: 'is not for recordings',
  })
  .meta({ id: 'OutputRequest' });

/** A checked request for an output. */
export type OutputRequest = z.output<typeof outputRequestSchema>;

const countOf = (outputs: readonly OutputRequest[]): number =>
  outputs.length + outputs.filter(({ backup }) => backup !== undefined).length;

/** The outputs of a new call. */
export const outputRequestsSchema = z
  .array(outputRequestSchema)
  .max(MAX_LIVE_OUTPUTS)
  .refine((outputs) => countOf(outputs) <= MAX_LIVE_OUTPUTS, {
    error: `must be ${MAX_LIVE_OUTPUTS} at most, backups included`,
  })
  .describe(
    'Where the call goes on air. An empty list is a call that is heard by nobody yet, but in its preview: outputs are added ' +
      'while it lives, and its last one may be removed.',
  );
