import type { ErrorCode } from '../openapi/schemas.ts';

/**
 * - `UNREACHABLE`: no answer came: no connection, or it broke.
 * - `TIMED_OUT`: no answer came in time.
 * - `HTTP_ERROR`: the answer is an error, but none of Callcast's: of a proxy, for example.
 * - `NOT_CALLCAST`: the answer is none of Callcast's: a redirect, or no JSON.
 */
export type ClientErrorCode = 'UNREACHABLE' | 'TIMED_OUT' | 'HTTP_ERROR' | 'NOT_CALLCAST';

/** One field of a request that does not fit. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** What is known of a failure. */
export interface FailedRequest {
  readonly code: ErrorCode | ClientErrorCode;
  readonly message: string;
  readonly status?: number | undefined;
  readonly details?: readonly FieldError[] | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** A request has failed, after all its retries. The one error of this client. It never holds the key. */
export class CallcastError extends Error {
  override readonly name = 'CallcastError';
  /** Stable: compare this, not the text. */
  readonly code: ErrorCode | ClientErrorCode;
  /** Of the answer; undefined where none came. */
  readonly status: number | undefined;
  /** Each field that does not fit; empty for other errors. */
  readonly details: readonly FieldError[];
  /** The request in the logs of the API. */
  readonly requestId: string | undefined;
  /** When it may be tried again, where the answer says so. */
  readonly retryAfterMs: number | undefined;

  constructor(failed: FailedRequest) {
    super(failed.message, failed.cause === undefined ? undefined : { cause: failed.cause });
    this.code = failed.code;
    this.status = failed.status;
    this.details = failed.details ?? [];
    this.requestId = failed.requestId;
    this.retryAfterMs = failed.retryAfterMs;
  }
}
