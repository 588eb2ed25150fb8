import { bodyOf, type SipMessage } from './message.ts';
import { parseHeadText } from './message-head.ts';
import { MAX_STREAM_MESSAGE_BYTES } from './limits.ts';
import { SipParseError } from './sip-parse-error.ts';
import { parseStartLine } from './start-line.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Reads the sketch of a message that an application hands over to be completed and sent: start line, the headers it
 * cares for, a body. Nothing is mandatory, and the URI may be anything without white space.
 *
 * @remarks The body is everything after the first blank line; Content-Length is dropped, because applications count
 * it in characters. Compact header names become full names, other names stay as given.
 * @param text The message as text or as UTF-8 bytes.
 * @throws SipParseError and nothing else.
 */
export function parseCommandMessage(text: string | Uint8Array): SipMessage {
  if (text.length > MAX_STREAM_MESSAGE_BYTES) {
    throw new SipParseError('tooLong', `a command message of ${text.length}`);
  }
  const whole = typeof text === 'string' ? text : decoder.decode(text);
  const blank = whole.indexOf('\r\n\r\n');
  const headText = blank < 0 ? whole.replace(/\r\n$/, '') : whole.slice(0, blank);
  const body = blank < 0 ? '' : whole.slice(blank + 4);
  const { startLine, headers } = parseHeadText(headText);
  headers.remove('Content-Length');
  return { ...parseStartLine(startLine), headers, body: bodyOf(body) };
}
