import type { SipHeaders } from './headers.ts';

/** A request (RFC 3261 section 7.1). Method and URI are as on the wire; methods are case-sensitive. */
export interface SipRequest {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
  readonly headers: SipHeaders;
  readonly body: Uint8Array;
}

/** A response (RFC 3261 section 7.2). Status is 100 to 699; the reason may be empty. */
export interface SipResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
  readonly headers: SipHeaders;
  readonly body: Uint8Array;
}

/** What travels between SIP elements. */
export type SipMessage = SipRequest | SipResponse;

const utf8 = new TextEncoder();

/** The body of a message that has none. */
export const EMPTY_BODY: Uint8Array = new Uint8Array(0);

/** Text as bytes of a body. */
export function bodyOf(text: string): Uint8Array {
  return utf8.encode(text);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The body as text; bytes that are not UTF-8 become U+FFFD. */
export function bodyText(message: SipMessage): string {
  return decoder.decode(message.body);
}
