import { checkMessage } from './check-message.ts';
import { MAX_DATAGRAM_BYTES, MAX_STREAM_MESSAGE_BYTES } from './limits.ts';
import type { SipMessage, SipRequest } from './message.ts';
import { contentLengthOf, findBlankLine, type MessageHead, parseHead } from './message-head.ts';
import { salvageDatagram, salvageRequest } from './salvage-request.ts';
import { SipParseError } from './sip-parse-error.ts';
import { parseStartLine } from './start-line.ts';

/** How the end of a message is known: from the datagram's end, or from Content-Length. */
export type SipFraming = 'datagram' | 'stream-frame';

/** The message of a head and its body, checked as everything from the network is. */
export function completeMessage(head: MessageHead, body: Uint8Array): SipMessage {
  return answerable(
    () => salvageRequest(head.startLine, head.headers.entries()),
    () => {
      const message = { ...parseStartLine(head.startLine), headers: head.headers, body };
      checkMessage(message);
      return message;
    },
  );
}

/** Gives the error of a message what its answer has to repeat. */
function answerable(salvage: () => SipRequest | undefined, parse: () => SipMessage): SipMessage {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SipParseError) error.request ??= salvage();
    throw error;
  }
}

/** Empty lines before the start line are passed over (RFC 3261 section 7.5). */
function skipLineEnds(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (bytes[start] === 13 && bytes[start + 1] === 10) start += 2;
  return bytes.subarray(start);
}

/**
 * Cuts the body to Content-Length: what a datagram holds beyond it is ignored, what it lacks is an error
 * (RFC 3261 section 18.3). A frame of a stream has to fit exactly.
 */
function cutBody(rest: Uint8Array, length: number | undefined, framing: SipFraming): Uint8Array {
  if (length === undefined) {
    if (framing === 'datagram') return new Uint8Array(rest);
    throw new SipParseError('contentLength', 'a stream needs Content-Length');
  }
  if (length > rest.length) {
    throw new SipParseError('bodyTruncated', `${length} bytes announced, ${rest.length} came`);
  }
  if (framing === 'stream-frame' && length < rest.length) {
    throw new SipParseError('contentLength', `${rest.length - length} bytes more than announced`);
  }
  return new Uint8Array(rest.subarray(0, length));
}

/**
 * Reads one whole message from the network, strictly. The message keeps no reference to `bytes`.
 *
 * @remarks Folded lines are joined, compact header names become full names, everything else is kept as it is;
 * unknown methods, headers and URI schemes are fine.
 * @param framing `datagram` for UDP; `stream-frame` when the bytes were already cut out of a stream.
 * @throws SipParseError and nothing else, whatever the bytes are; its `request` is what can be answered.
 * @see RFC 3261 section 7, RFC 4475
 */
export function parseSipMessage(bytes: Uint8Array, framing: SipFraming): SipMessage {
  return answerable(
    () => salvageDatagram(bytes),
    () => parseWhole(bytes, framing),
  );
}

function parseWhole(bytes: Uint8Array, framing: SipFraming): SipMessage {
  const limit = framing === 'datagram' ? MAX_DATAGRAM_BYTES : MAX_STREAM_MESSAGE_BYTES;
  if (bytes.length > limit) throw new SipParseError('tooLong', `${bytes.length} bytes`);
  const text = skipLineEnds(bytes);
  if (text.length === 0) throw new SipParseError('empty', 'nothing but line ends');
  const headEnd = findBlankLine(text);
  if (headEnd < 0) throw new SipParseError('lineEnd', 'no blank line after the headers');
  const head = parseHead(text.subarray(0, headEnd));
  const body = cutBody(text.subarray(headEnd + 4), contentLengthOf(head.headers), framing);
  return completeMessage(head, body);
}
