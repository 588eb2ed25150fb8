const KEYS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];
/** A sender whose end is not heard of: so many milliseconds after its last packet a key counts as released. */
const LOST_END_MS = 100;

/** A key as it was heard. */
export interface HeardKey {
  readonly key: string;
  readonly startedMs: number;
  /** When it ended, as far as was heard. */
  readonly endedMs: number;
}

interface Sounding {
  readonly key: string;
  readonly timestamp: number;
  readonly startedMs: number;
  lastMs: number;
  hasEnded: boolean;
}

/**
 * Hears keys in RTP as RFC 4733 section 2.5.2 tells receivers to: a new timestamp is a new key, whatever packet of it
 * comes first; what repeats an ended key, or is older than it, says nothing new. Written from the RFC alone.
 */
export class KeyReceiver {
  readonly #payloadType: number;
  readonly #heard: Sounding[] = [];
  /** What could not be right in any packet. */
  readonly complaints: string[] = [];

  constructor(payloadType: number) {
    this.#payloadType = payloadType;
  }

  /** @param atMs When the datagram came. */
  receive(datagram: Uint8Array, atMs: number): void {
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    if ((view.getUint8(1) & 0x7f) !== this.#payloadType) return;
    const timestamp = view.getUint32(4);
    const key = KEYS[view.getUint8(12)];
    if (datagram.length !== 16 || key === undefined) {
      this.complaints.push(`no key: ${Buffer.from(datagram).toString('hex')}`);
      return;
    }
    const isEnd = (view.getUint8(13) & 0x80) !== 0;
    const last = this.#heard.at(-1);
    if (last?.timestamp === timestamp) this.#continue(last, key, isEnd, atMs);
    else if (last === undefined || ((timestamp - last.timestamp) | 0) > 0) {
      if (last !== undefined && !last.hasEnded && atMs - last.lastMs < LOST_END_MS) {
        this.complaints.push(`${key} begins while ${last.key} may still sound`);
      }
      const sounding = { key, timestamp, startedMs: atMs, lastMs: atMs, hasEnded: isEnd };
      this.#heard.push(sounding);
    }
  }

  #continue(sounding: Sounding, key: string, isEnd: boolean, atMs: number): void {
    if (sounding.key !== key) this.complaints.push(`${sounding.key} became ${key}`);
    if (sounding.hasEnded && !isEnd) this.complaints.push(`${key} sounds after its end`);
    if (!sounding.hasEnded) sounding.lastMs = atMs;
    sounding.hasEnded ||= isEnd;
  }

  get heard(): readonly HeardKey[] {
    return this.#heard.map(({ key, startedMs, lastMs }) => ({ key, startedMs, endedMs: lastMs }));
  }

  /** The keys alone, one after the other. */
  get keys(): string {
    return this.#heard.map(({ key }) => key).join('');
  }
}
