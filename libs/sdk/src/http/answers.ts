import type { Problem } from '../openapi/schemas.ts';
import { CallcastError } from './callcast-error.ts';

/** Seconds, or a date (RFC 9110 section 10.2.3). @returns Milliseconds from now; undefined where there is none. */
function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** The body as JSON; undefined where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
}

const isRedirect = ({ status, type }: Response): boolean =>
  type === 'opaqueredirect' || (status >= 300 && status < 400);

/** The error that an answer tells of. */
export async function errorOf(response: Response, nowMs: number): Promise<CallcastError> {
  const { status, headers } = response;
  const about = { status, requestId: headers.get('x-request-id') ?? undefined };
  if (isRedirect(response)) {
    const message = 'The answer is a redirect, which is not followed: is the URL right?';
    return new CallcastError({ ...about, code: 'NOT_CALLCAST', message });
  }
  const body = parsed(await response.text());
  const after = { ...about, retryAfterMs: retryAfterMs(headers, nowMs) };
  if (!isProblem(body)) {
    return new CallcastError({ ...after, code: 'HTTP_ERROR', message: `HTTP status ${status}` });
  }
  const { code, detail, errors } = body;
  return new CallcastError({ ...after, code, message: detail, details: errors });
}

/**
 * What an answer holds; undefined where it is empty.
 * @throws CallcastError NOT_CALLCAST when it is not JSON.
 */
export async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  const body = parsed(text);
  if (body !== undefined) return body;
  throw new CallcastError({
    code: 'NOT_CALLCAST',
    message: 'The answer is not JSON: is the URL right?',
    status: response.status,
    requestId: response.headers.get('x-request-id') ?? undefined,
  });
}
