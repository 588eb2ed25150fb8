/**
 * Message types this library speaks.
 *
 * @see RTMP 1.0 sections 5.4 and 7.1
 */
export const MESSAGE_TYPE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  commandAmf3: 17,
  dataAmf0: 18,
  commandAmf0: 20,
} as const;

/** A whole message, as the chunk stream carries it. */
export interface RtmpMessage {
  /** 2 control, 3 to 65 599 free to use. */
  readonly chunkStreamId: number;
  readonly typeId: number;
  /** 0 is the connection itself; others come from createStream. */
  readonly messageStreamId: number;
  /** Milliseconds; travels modulo 2^32. */
  readonly timestampMs: number;
  readonly payload: Uint8Array;
}

/** Chunk size of both directions until a Set Chunk Size message, section 5.4.1. */
export const INITIAL_CHUNK_SIZE_BYTES = 128;
/** No message is longer than its 24-bit length field says, so no chunk can be. */
export const MAX_CHUNK_SIZE_BYTES = 0xffffff;
/** From here on a timestamp does not fit its 24 bits and follows the header in 32, section 5.3.1.3. */
export const EXTENDED_TIMESTAMP_MARK = 0xffffff;
/** Bytes of the message header by chunk type, section 5.3.1.2. */
export const MESSAGE_HEADER_SIZES_BYTES = [11, 7, 3, 0] as const;
/** Timestamps wrap here. */
export const TIMESTAMP_RANGE = 2 ** 32;
