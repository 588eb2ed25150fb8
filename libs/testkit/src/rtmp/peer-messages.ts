import { peerAmf } from './peer-amf.ts';
import type { PeerValue } from './peer-amf.ts';

/** Types of messages, RTMP 1.0 sections 5.4 and 7.1. */
export const PEER_TYPE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  sharedObjectAmf3: 16,
  commandAmf3: 17,
  dataAmf0: 18,
  sharedObjectAmf0: 19,
  commandAmf0: 20,
  aggregate: 22,
} as const;

/** Limit types of Set Peer Bandwidth, section 5.4.5. */
export const BANDWIDTH_LIMIT = { hard: 0, soft: 1, dynamic: 2 } as const;

const EXTENDED = 0xffffff;

/** How a message is put into chunks. */
export interface Chunking {
  /** Bytes of payload per chunk. Default: 128. */
  readonly chunkSize?: number;
  /** 2 to 65599. Default: 3. */
  readonly chunkStreamId?: number;
  /** Default: 0. */
  readonly timestampMs?: number;
}

/** One message of the server: a type 0 chunk and type 3 chunks. */
export function serverMessage(
  typeId: number,
  messageStreamId: number,
  payload: Uint8Array,
  { chunkSize = 128, chunkStreamId = 3, timestampMs = 0 }: Chunking = {},
): Buffer {
  const header = Buffer.alloc(11);
  header.writeUIntBE(Math.min(timestampMs, EXTENDED), 0, 3);
  header.writeUIntBE(payload.length, 3, 3);
  header.writeUInt8(typeId, 6);
  header.writeUInt32LE(messageStreamId, 7);
  const extended = timestampMs >= EXTENDED ? uint32(timestampMs) : Buffer.alloc(0);
  const parts = [basicHeader(0, chunkStreamId), header, extended, payload.subarray(0, chunkSize)];
  const next = Buffer.concat([basicHeader(3, chunkStreamId), extended]);
  for (let at = chunkSize; at < payload.length; at += chunkSize)
    parts.push(next, payload.subarray(at, at + chunkSize));
  return Buffer.concat(parts);
}

function basicHeader(type: number, id: number): Buffer {
  if (id < 64) return Buffer.of((type << 6) | id);
  if (id < 320) return Buffer.of(type << 6, id - 64);
  return Buffer.of((type << 6) | 1, (id - 64) & 0xff, (id - 64) >> 8);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value % 2 ** 32);
  return bytes;
}

/** A control message that holds one number: Set Chunk Size, Abort, Acknowledgement, Window Acknowledgement Size. */
export const controlMessage = (
  type: 'setChunkSize' | 'abort' | 'acknowledgement' | 'windowAckSize',
  value: number,
): Buffer => serverMessage(PEER_TYPE[type], 0, uint32(value), { chunkStreamId: 2 });

/** @param limit One of BANDWIDTH_LIMIT, or a lie. */
export const peerBandwidth = (size: number, limit: number): Buffer =>
  serverMessage(PEER_TYPE.setPeerBandwidth, 0, Buffer.concat([uint32(size), Buffer.of(limit)]), {
    chunkStreamId: 2,
  });

/** A User Control message, section 7.1.7; the value is a stream id or a time. */
export function userControl(event: number, value: number): Buffer {
  const payload = Buffer.concat([Buffer.of(event >> 8, event & 0xff), uint32(value)]);
  return serverMessage(PEER_TYPE.userControl, 0, payload, { chunkStreamId: 2 });
}

/** A PingRequest of the server. */
export const pingRequest = (timestampMs: number): Buffer => userControl(6, timestampMs);

/** A command of the server, in AMF 0 or as a type 17 message: AMF 0 behind a zero byte. */
export function commandMessage(
  values: readonly PeerValue[],
  { amf = 0, ...chunking }: Chunking & { readonly amf?: 0 | 3 } = {},
): Buffer {
  const payload = peerAmf(values);
  if (amf === 0) return serverMessage(PEER_TYPE.commandAmf0, 0, payload, chunking);
  const behindZero = Buffer.concat([Buffer.of(0), payload]);
  return serverMessage(PEER_TYPE.commandAmf3, 0, behindZero, chunking);
}

/** The wish of a server to be left for another place (Enhanced RTMP v2, "Reconnect Request"). */
export const reconnectRequest = (tcUrl?: string): Buffer =>
  commandMessage([
    'onStatus',
    0,
    null,
    {
      level: 'status',
      code: 'NetConnection.Connect.ReconnectRequest',
      description: 'this server is going to be restarted',
      ...(tcUrl === undefined ? {} : { tcUrl }),
    },
  ]);
