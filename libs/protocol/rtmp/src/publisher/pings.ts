import { buildControlMessage, USER_CONTROL_EVENT } from '../chunks/control-message.ts';
import type { RtmpMessage } from '../chunks/rtmp-message.ts';

const STAMP_SIZE_BYTES = 4;

/** Asks for a sign of life. @param timestampMs Comes back in the answer, modulo 2^32. */
export function pingMessage(timestampMs: number): RtmpMessage {
  const data = new Uint8Array(STAMP_SIZE_BYTES);
  new DataView(data.buffer).setUint32(0, timestampMs);
  const eventType = USER_CONTROL_EVENT.pingRequest;
  return buildControlMessage({ kind: 'userControl', eventType, data });
}

/** The answer to a ping of the server: its timestamp, and no more than that, whatever came with it. */
export const pongMessage = (data: Uint8Array): RtmpMessage =>
  buildControlMessage({
    kind: 'userControl',
    eventType: USER_CONTROL_EVENT.pingResponse,
    data: data.subarray(0, STAMP_SIZE_BYTES),
  });

/** The timestamp in an answer of the server; undefined when it is cut short. */
export function readPong({ buffer, byteOffset, length }: Uint8Array): number | undefined {
  if (length < STAMP_SIZE_BYTES) return undefined;
  return new DataView(buffer, byteOffset, STAMP_SIZE_BYTES).getUint32(0);
}
