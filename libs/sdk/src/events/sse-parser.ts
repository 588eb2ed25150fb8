/** What has come over an event stream. */
export interface SseMessage {
  /** Of the stream, as of this message. */
  readonly id: string | undefined;
  readonly type: string;
  /** Empty for a message that only moves the id. */
  readonly data: string;
}

/** A line of ours is far shorter; nothing that is longer is kept. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

/**
 * Reads server-sent events out of text that comes in pieces of any size.
 *
 * @see HTML, section 9.2.6, "Interpreting an event stream"
 */
export class SseParser {
  #rest = '';
  #endsInReturn = false;
  #id: string | undefined;
  #type = '';
  #data: string[] = [];
  #hasNewId = false;
  #retryMs: number | undefined;

  /** How long the server asks to wait before coming back. */
  get retryMs(): number | undefined {
    return this.#retryMs;
  }

  /** @returns The messages that are complete now. @throws RangeError for one that never ends. */
  take(text: string): SseMessage[] {
    const lines = this.#linesOf(text);
    const messages: SseMessage[] = [];
    for (const line of lines) {
      if (line === '') this.#finish(messages);
      else this.#read(line);
    }
    return messages;
  }

  /** Lines end in CRLF, LF or CR; a CRLF may come in two pieces. */
  #linesOf(text: string): string[] {
    const fresh = this.#endsInReturn && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') this.#endsInReturn = text.endsWith('\r');
    const lines = (this.#rest + fresh).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MOST_CHARACTERS) throw new RangeError('an event without an end');
    return lines;
  }

  #read(line: string): void {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#type = value;
    else if (field === 'retry' && /^\d{1,9}$/.test(value)) this.#retryMs = Number(value);
    else if (field === 'id' && !value.includes('\0')) {
      this.#id = value;
      this.#hasNewId = true;
    }
  }

  #finish(messages: SseMessage[]): void {
    const data = this.#data.join('\n');
    if (data !== '' || this.#hasNewId) {
      const type = this.#type === '' ? 'message' : this.#type;
      messages.push({ id: this.#hasNewId ? this.#id : undefined, type, data });
    }
    this.#type = '';
    this.#data = [];
    this.#hasNewId = false;
  }
}
