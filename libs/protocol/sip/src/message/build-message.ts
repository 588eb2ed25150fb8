import { invariant } from '#foundation';
import type { SipMessage } from './message.ts';

const encoder = new TextEncoder();

function startLineOf(message: SipMessage): string {
  if (message.kind === 'request') {
    invariant(/^[\w\-.!%*+`'~]+$/.test(message.method), 'a method is a token');
    invariant(/^\S+$/.test(message.uri), 'a request URI has no white space');
    return `${message.method} ${message.uri} SIP/2.0`;
  }
  const { status, reason } = message;
  invariant(Number.isInteger(status) && status >= 100 && status <= 699, 'a status is 100 to 699');
  invariant(!/[\r\n]/.test(reason), 'a reason is one line');
  return `SIP/2.0 ${status} ${reason}`;
}

/**
 * The bytes of a message, the counterpart of `parseSipMessage`. Content-Length is counted here, in bytes, whatever
 * the headers say; it stands where it stood, or last.
 *
 * @remarks A method, URI or reason that would break out of its line is our bug and raises a BugError.
 */
export function buildSipMessage(message: SipMessage): Uint8Array {
  const length = `Content-Length: ${message.body.length}\r\n`;
  let text = `${startLineOf(message)}\r\n`;
  let hasLength = false;
  for (const [name, value] of message.headers.entries()) {
    if (name.toLowerCase() !== 'content-length') text += `${name}: ${value}\r\n`;
    else if (!hasLength) {
      hasLength = true;
      text += length;
    }
  }
  const head = encoder.encode(`${text}${hasLength ? '' : length}\r\n`);
  const bytes = new Uint8Array(head.length + message.body.length);
  bytes.set(head);
  bytes.set(message.body, head.length);
  return bytes;
}
