import { BugError } from '#foundation';
import { Fault } from '#domain';
import type { ErrorCode } from '#domain';

/** Unique indexes whose violation is the client's doing. */
const CONSTRAINT_FAULTS: Readonly<Record<string, ErrorCode>> = {
  calls_live_call_id_key: 'CALL_ID_IN_USE',
  calls_live_stream_key: 'STREAM_IN_USE',
  outputs_held_target_key: 'TARGET_IN_USE',
  trunks_name_key: 'TRUNK_NAME_IN_USE',
};

/** SQLSTATE codes, or their class of two characters (PostgreSQL appendix A), and codes of the socket. */
const CODE_FAULTS: Readonly<Record<string, ErrorCode>> = {
  // Connection exceptions, resources exhausted, operator intervention (shutdown, statement timeout).
  '08': 'STORE_UNAVAILABLE',
  '53': 'STORE_UNAVAILABLE',
  '57': 'STORE_UNAVAILABLE',
  // Serialisation failure and deadlock: the same again may succeed.
  '40': 'STORE_UNAVAILABLE',
  // Idle in transaction for too long; lock not available in time.
  '25P03': 'STORE_UNAVAILABLE',
  '55P03': 'STORE_UNAVAILABLE',
  // Text that PostgreSQL cannot hold: a NUL, or half a surrogate pair.
  '22021': 'REQUEST_INVALID',
  '22P05': 'REQUEST_INVALID',
  // Ours: what admit_call() refuses.
  LC001: 'CALLS_TOO_MANY',
  LC002: 'CALLS_WAITING',
  LC003: 'CALLS_TOO_FAST',
  // Wrong user or password, no such database, migrations not applied.
  '28': 'CONFIG_INVALID',
  '3D000': 'CONFIG_INVALID',
  '42P01': 'CONFIG_INVALID',
  '42703': 'CONFIG_INVALID',
  ECONNREFUSED: 'STORE_UNAVAILABLE',
  ECONNRESET: 'STORE_UNAVAILABLE',
  EPIPE: 'STORE_UNAVAILABLE',
  ETIMEDOUT: 'STORE_UNAVAILABLE',
  ENOTFOUND: 'STORE_UNAVAILABLE',
  EAI_AGAIN: 'STORE_UNAVAILABLE',
  EHOSTUNREACH: 'STORE_UNAVAILABLE',
  ENETUNREACH: 'STORE_UNAVAILABLE',
  // Prisma: server not reachable, timed out, closed the connection, has too many; no free connection in time.
  P1001: 'STORE_UNAVAILABLE',
  P1002: 'STORE_UNAVAILABLE',
  P1008: 'STORE_UNAVAILABLE',
  P1017: 'STORE_UNAVAILABLE',
  P2024: 'STORE_UNAVAILABLE',
  P2037: 'STORE_UNAVAILABLE',
  // Prisma: refused, no such database, no such table or column.
  P1000: 'CONFIG_INVALID',
  P1003: 'CONFIG_INVALID',
  P1010: 'CONFIG_INVALID',
  P2021: 'CONFIG_INVALID',
  P2022: 'CONFIG_INVALID',
};

/** What node-postgres says of lost connections without giving a code; Prisma puts a line of its own before it. */
const LOST_CONNECTION =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end)/m;

const DETAILS: Readonly<Partial<Record<ErrorCode, string>>> = {
  CONFIG_INVALID: 'The database refuses us or lacks its tables: check DATABASE_URL and migrations.',
  REQUEST_INVALID: 'A text holds a character that cannot be stored.',
};

/** What errors of node-postgres, of sockets and of Prisma tell about themselves. */
interface ForeignError {
  readonly code?: unknown;
  /** The SQLSTATE that Prisma's driver adapter has seen. */
  readonly originalCode?: unknown;
  readonly constraint?: unknown;
  readonly hint?: unknown;
  readonly message?: unknown;
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: ForeignError } };
}

const entryOf = (code: unknown): ErrorCode | undefined =>
  typeof code === 'string' ? (CODE_FAULTS[code] ?? CODE_FAULTS[code.slice(0, 2)]) : undefined;

function codeOf(error: ForeignError): ErrorCode | undefined {
  const { code, originalCode, constraint, message, meta } = error;
  if (typeof constraint === 'string' && CONSTRAINT_FAULTS[constraint] !== undefined) {
    return CONSTRAINT_FAULTS[constraint];
  }
  const known = entryOf(code) ?? entryOf(originalCode);
  if (known !== undefined) return known;
  if (typeof message === 'string' && LOST_CONNECTION.test(message)) return 'STORE_UNAVAILABLE';
  const seenByAdapter = meta?.driverAdapterError?.cause;
  return seenByAdapter === undefined ? undefined : codeOf(seenByAdapter);
}

/** An error of node-postgres or Prisma in our words. What the tables do not know is a bug of ours. */
export function toFault(error: unknown): Error {
  if (error instanceof Fault || error instanceof BugError) return error;
  const foreign = (typeof error === 'object' && error !== null ? error : {}) as ForeignError;
  const code = codeOf(foreign);
  if (code === undefined) {
    const message = error instanceof Error ? error.message : String(error);
    return new BugError(`the store failed: ${message}`, { cause: error });
  }
  const detail = DETAILS[code];
  return new Fault(code, {
    cause: error,
    ...(detail === undefined ? {} : { detail }),
    ...(code.startsWith('CALLS_') ? { retryAfterSeconds: Number(foreign.hint) } : {}),
  });
}
