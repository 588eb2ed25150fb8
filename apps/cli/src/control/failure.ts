import { CallcastError } from '#sdk';
import { EXIT } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { printable } from './terminal.ts';

/** What people are told of a failure. */
export interface FailureReport {
  readonly lines: readonly string[];
  readonly exit: ExitCode;
}

const HINTS: Readonly<Record<string, string>> = {
  UNREACHABLE: 'Does it run there? The address comes from --url or CALLCAST_URL.',
  NOT_CALLCAST: 'The address comes from --url or CALLCAST_URL.',
  KEY_INVALID: 'The key comes from --key-file or CALLCAST_API_KEY.',
  KEY_MISSING: 'The key comes from --key-file or CALLCAST_API_KEY.',
  SCOPE_MISSING: 'Another key is needed: --key-file or CALLCAST_API_KEY.',
};

function exitOf({ code, status = 0 }: CallcastError): ExitCode {
  const isAway = ['UNREACHABLE', 'TIMED_OUT', 'NOT_CALLCAST', 'HTTP_ERROR'].includes(code);
  return isAway || [401, 403, 503].includes(status) ? EXIT.unreachable : EXIT.failed;
}

/** An error of the API in words: what, which fields, what to do, and how to find it in the logs. */
export function reportOf(error: CallcastError): FailureReport {
  const { code, message, details, requestId } = error;
  const hint = HINTS[code];
  return {
    lines: [
      `callcast: ${code}: ${printable(message)}`,
      ...details.map((field) => printable(`  ${field.path || 'body'}: ${field.message}`)),
      ...(hint === undefined ? [] : [hint]),
      ...(requestId === undefined ? [] : [`Request ${printable(requestId)}`]),
    ],
    exit: exitOf(error),
  };
}

/** The same for programs. */
export const jsonOf = ({ code, message, status, details, requestId }: CallcastError): string =>
  JSON.stringify({
    error: { code, message, status: status ?? null, details, requestId: requestId ?? null },
  });
