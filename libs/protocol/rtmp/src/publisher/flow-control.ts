import { buildControlMessage } from '../chunks/control-message.ts';
import type { ControlMessage } from '../chunks/control-message.ts';
import type { RtmpMessage } from '../chunks/rtmp-message.ts';

const ACK_RANGE = 2 ** 32;
/** Until the server names a window; 2.5 MB is what FMS and its followers use. */
const DEFAULT_WINDOW_BYTES = 2_500_000;

/** Keeps the two acknowledgement windows of a connection: what we owe the server, what it owes us. */
export class FlowControl {
  /** The window we want the server to acknowledge. */
  #wantedWindowBytes: number;
  #announcedWindowBytes = 0;
  #limitBytes = Number.POSITIVE_INFINITY;
  #isLimitHard = false;
  #serverWindowBytes = DEFAULT_WINDOW_BYTES;
  #receivedBytes = 0;
  #acknowledgedBytes = 0;

  /** @param wantedWindowBytes Ask for an acknowledgement each time so many bytes were sent. */
  constructor(wantedWindowBytes: number) {
    this.#wantedWindowBytes = wantedWindowBytes;
  }

  /** Asks for another distance from the next `announce` on. */
  want(windowBytes: number): void {
    this.#wantedWindowBytes = windowBytes;
  }

  /** The Window Acknowledgement Size to send, unless the server knows it already. */
  announce(): RtmpMessage | undefined {
    const sizeBytes = Math.max(1, Math.min(this.#wantedWindowBytes, this.#limitBytes));
    if (sizeBytes === this.#announcedWindowBytes) return undefined;
    this.#announcedWindowBytes = sizeBytes;
    return buildControlMessage({ kind: 'windowAckSize', sizeBytes });
  }

  /** Counts bytes that came in. */
  received(sizeBytes: number): void {
    this.#receivedBytes += sizeBytes;
  }

  /**
   * The acknowledgement to send, if one is due. It is sent at half the window, so that the server never waits,
   * and at most once per piece of input, whatever window it asks for.
   */
  acknowledge(): RtmpMessage | undefined {
    const unacknowledged = this.#receivedBytes - this.#acknowledgedBytes;
    if (unacknowledged < this.#serverWindowBytes / 2) return undefined;
    this.#acknowledgedBytes = this.#receivedBytes;
    const sequenceNumber = this.#receivedBytes % ACK_RANGE;
    return buildControlMessage({ kind: 'acknowledgement', sequenceNumber });
  }

  setServerWindow(sizeBytes: number): void {
    this.#serverWindowBytes = Math.max(1, sizeBytes);
  }

  /**
   * Follows Set Peer Bandwidth: our window is never above the limit.
   *
   * @see RTMP 1.0 section 5.4.5
   */
  limit(control: Extract<ControlMessage, { kind: 'setPeerBandwidth' }>): void {
    const isHard = control.limit === 'hard' || (control.limit === 'dynamic' && this.#isLimitHard);
    if (control.limit === 'dynamic' && !isHard) return;
    this.#isLimitHard = isHard;
    this.#limitBytes = isHard ? control.sizeBytes : Math.min(this.#limitBytes, control.sizeBytes);
  }
}
