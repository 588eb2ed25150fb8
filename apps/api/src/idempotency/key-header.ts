import { Rejection } from '../http/rejection.ts';

/** Longest key, in characters. */
const MAX_KEY = 255;
/** A string of RFC 9651 section 3.3.3: the draft's form. */
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
/** As most clients send it: without quotes. */
const BARE = /^[\x21\x23-\x2b\x2d-\x7e]+$/;

/**
 * The key of an Idempotency-Key header, without its quotes (draft-ietf-httpapi-idempotency-key-header-07 section 2.1).
 * @returns undefined where there is no header.
 * @throws Rejection REQUEST_INVALID when it is empty, too long, or none of both forms.
 */
export function readKeyHeader(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = typeof header === 'string' ? header.trim() : '';
  const [, quoted] = QUOTED.exec(text) ?? [];
  const key = quoted?.replace(/\\(["\\])/g, '$1') ?? (BARE.test(text) ? text : '');
  if (key !== '' && key.length <= MAX_KEY) return key;
  const message = `must be one key of 1 to ${MAX_KEY} visible ASCII characters, with or without double quotes around it`;
  throw new Rejection('REQUEST_INVALID', [{ path: 'Idempotency-Key', message }]);
}
