import { MESSAGE_TYPE } from '../chunks/rtmp-message.ts';
import type { RtmpMessage } from '../chunks/rtmp-message.ts';

/** One unit of media, in the shape of an FLV tag. */
export interface MediaTag {
  readonly kind: 'audio' | 'video' | 'script';
  /** Whole milliseconds since the start of the broadcast; grows without wrapping. */
  readonly timestampMs: number;
  readonly body: Uint8Array;
}

const KINDS = {
  audio: { chunkStreamId: 4, typeId: MESSAGE_TYPE.audio },
  script: { chunkStreamId: 5, typeId: MESSAGE_TYPE.dataAmf0 },
  video: { chunkStreamId: 6, typeId: MESSAGE_TYPE.video },
} as const;

/** AMF 0 text: marker 2, length in 16 bits, bytes. */
const amfText = (text: string): Uint8Array =>
  Buffer.concat([Uint8Array.of(0x02, text.length >> 8, text.length & 0xff), Buffer.from(text)]);

const SET_DATA_FRAME = amfText('@setDataFrame');
const ON_META_DATA = amfText('onMetaData');

/** The message that carries a tag; metadata gets the word that makes servers keep it for late viewers. */
export function mediaMessage(tag: MediaTag, messageStreamId: number): RtmpMessage {
  const { chunkStreamId, typeId } = KINDS[tag.kind];
  const { timestampMs, body } = tag;
  const payload = tag.kind === 'script' ? withDataFrame(body) : body;
  return { chunkStreamId, typeId, messageStreamId, timestampMs, payload };
}

function withDataFrame(body: Uint8Array): Uint8Array {
  const isMetadata = ON_META_DATA.every((byte, index) => body[index] === byte);
  return isMetadata ? Buffer.concat([SET_DATA_FRAME, body]) : body;
}
