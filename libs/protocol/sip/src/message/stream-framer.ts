import { ByteQueue } from '#foundation';
import { MAX_HEAD_BYTES, MAX_STREAM_MESSAGE_BYTES } from './limits.ts';
import type { SipMessage } from './message.ts';
import { contentLengthOf, findBlankLine, type MessageHead, parseHead } from './message-head.ts';
import { completeMessage } from './parse-message.ts';
import { SipParseError } from './sip-parse-error.ts';

const CR = 13;
const LF = 10;

interface PendingBody {
  readonly head: MessageHead;
  readonly length: number;
}

/**
 * Cuts the bytes of one stream connection (TCP, TLS) into messages, wherever the pieces are split.
 *
 * @remarks Holds at most one unfinished message (256 KiB). A message that is framed well but broken otherwise is
 * passed over and counted. When not even the frame can be trusted the stream is lost: `push` throws and has to be
 * followed by closing the connection; messages complete by then are still returned, and the next `push` throws.
 * @see RFC 3261 sections 7.5 and 18.3, RFC 5626 section 3.5.1 for keep-alives
 */
export class SipStreamFramer {
  readonly #queue = new ByteQueue();
  #scanned = 0;
  #pending: PendingBody | undefined;
  #failure: SipParseError | undefined;
  #lineEnds = 0;
  #pings = 0;
  #awaitsPong = false;
  #rejectedCount = 0;
  #lastRejection: SipParseError | undefined;

  /** Messages passed over so far because they were not acceptable SIP. */
  get rejectedCount(): number {
    return this.#rejectedCount;
  }

  /** Why the latest of them was. */
  get lastRejection(): SipParseError | undefined {
    return this.#lastRejection;
  }

  /** Whether the stream stands in the middle of a message. */
  get isUnfinished(): boolean {
    return this.#pending !== undefined || this.#queue.length > 0;
  }

  /** Number of keep-alive pings (CR LF CR LF) since the last question; each wants one CR LF back. */
  takePings(): number {
    const pings = this.#pings;
    this.#pings = 0;
    return pings;
  }

  /** We have sent a ping: one CR LF of the peer is its pong, and no part of a ping. */
  expectPong(): void {
    this.#awaitsPong = true;
  }

  /** Whether the pong of our last ping has not come. */
  get awaitsPong(): boolean {
    return this.#awaitsPong;
  }

  /**
   * Takes the next piece of the stream and gives the messages that it completes.
   *
   * @throws SipParseError when the stream is lost; every later call throws the same.
   */
  push(chunk: Uint8Array): SipMessage[] {
    if (this.#failure !== undefined) throw this.#failure;
    this.#queue.append(chunk);
    const messages: SipMessage[] = [];
    try {
      while (this.#step(messages));
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#failure = error;
      this.#queue.drop(this.#queue.length);
      if (messages.length === 0) throw error;
    }
    return messages;
  }

  /** One thing understood; false when more bytes are needed. */
  #step(messages: SipMessage[]): boolean {
    if (this.#pending !== undefined) return this.#takeBody(this.#pending, messages);
    if (this.#takeLineEnd()) return true;
    return this.#takeHead();
  }

  #takeLineEnd(): boolean {
    const [first, second, third, fourth] = this.#queue.view();
    if (first !== CR || second !== LF) return false;
    this.#queue.drop(2);
    // Two in one piece are a ping of the peer that crossed ours.
    if (this.#awaitsPong && (third !== CR || fourth !== LF) && this.#lineEnds % 2 === 0) {
      this.#awaitsPong = false;
      return true;
    }
    this.#lineEnds += 1;
    if (this.#lineEnds % 2 === 0) this.#pings += 1;
    return true;
  }

  #takeHead(): boolean {
    const bytes = this.#queue.view();
    const [first, second] = bytes;
    if (first === undefined || (first === CR && second === undefined)) return false;
    if (first === CR || first === LF) throw new SipParseError('lineEnd', 'a lone CR or LF');
    const end = findBlankLine(bytes, this.#scanned);
    if (end < 0 ? bytes.length > MAX_HEAD_BYTES : end > MAX_HEAD_BYTES) {
      throw new SipParseError('tooLong', 'the head is too long');
    }
    if (end < 0) {
      this.#scanned = Math.max(0, bytes.length - 3);
      return false;
    }
    const head = parseHead(bytes.subarray(0, end));
    const length = contentLengthOf(head.headers);
    if (length === undefined) throw new SipParseError('contentLength', 'no Content-Length');
    if (end + 4 + length > MAX_STREAM_MESSAGE_BYTES) {
      throw new SipParseError('tooLong', `${length} bytes of body announced`);
    }
    this.#pending = { head, length };
    this.#queue.drop(end + 4);
    this.#scanned = 0;
    this.#lineEnds = 0;
    return true;
  }

  #takeBody({ head, length }: PendingBody, messages: SipMessage[]): boolean {
    if (this.#queue.length < length) return false;
    const body = this.#queue.view().slice(0, length);
    this.#queue.drop(length);
    this.#pending = undefined;
    try {
      messages.push(completeMessage(head, body));
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#rejectedCount += 1;
      this.#lastRejection = error;
    }
    return true;
  }
}
