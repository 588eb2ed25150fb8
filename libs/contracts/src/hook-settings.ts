import { z } from 'zod';
import { HookTargets, isHookAllowance } from '#domain';

/** Where hooks may go without a word of the operator. */
const USUAL_PORTS = [443, 80, 8443, 8080];
const MAX_ENTRIES = 256;

const list = z
  .string()
  // Empty is as good as not set: a compose file cannot leave a variable away.
  .transform((text) => (text === '' ? [] : text.split(',').map((entry) => entry.trim())))
  .refine((entries) => entries.length <= MAX_ENTRIES, `must be at most ${MAX_ENTRIES} entries`);

const isPort = (text: string): boolean =>
  /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;

/** Where hooks may be sent; the API refuses by it, and nobody connects. */
export const hookSettings = {
  CALLCAST_HOOKS_ALLOW: list
    .refine(
      (entries) => entries.every(isHookAllowance),
      'must be networks, addresses or hosts, such as 10.1.0.0/16,sink.internal,*.example.lan',
    )
    .optional()
    .describe('Receivers of hooks that need not be public, nor speak https.'),
  CALLCAST_HOOKS_PORTS: z
    .union(
      [
        z.literal('any'),
        z.literal('').transform(() => undefined),
        list.refine((entries) => entries.every(isPort)).transform((entries) => entries.map(Number)),
      ],
      { error: 'must be any, or ports such as 443,8443' },
    )
    .optional()
    .describe(
      'Ports that hooks may be sent to (443,80,8443,8080; any where private targets are allowed).',
    ),
} as const;

/** What the settings say of the places that hooks may be sent to. */
export function hookTargetsOf(settings: {
  readonly CALLCAST_HOOKS_ALLOW?: readonly string[] | undefined;
  readonly CALLCAST_HOOKS_PORTS?: readonly number[] | 'any' | undefined;
  readonly CALLCAST_ALLOW_PRIVATE_TARGETS: boolean;
}): HookTargets {
  const allowPrivate = settings.CALLCAST_ALLOW_PRIVATE_TARGETS;
  return new HookTargets({
    allow: settings.CALLCAST_HOOKS_ALLOW ?? [],
    allowPrivate,
    ports: settings.CALLCAST_HOOKS_PORTS ?? (allowPrivate ? 'any' : USUAL_PORTS),
  });
}
