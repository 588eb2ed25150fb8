import { ByteReader, ByteWriter, OutOfBytesError } from '#foundation';
import { RtmpProtocolError } from '../rtmp-errors.ts';
import { MESSAGE_TYPE } from './rtmp-message.ts';
import type { RtmpMessage } from './rtmp-message.ts';

/** How binding a Set Peer Bandwidth is, section 5.4.5. */
export type BandwidthLimit = 'hard' | 'soft' | 'dynamic';

/**
 * The messages by which two peers run the connection itself.
 *
 * @see RTMP 1.0 sections 5.4 and 7.1.7
 */
export type ControlMessage =
  /** Chunks of the sender hold up to so many bytes from now on; 1 to 2^31 - 1. */
  | { readonly kind: 'setChunkSize'; readonly sizeBytes: number }
  /** The message that is under way on this chunk stream will not be completed. */
  | { readonly kind: 'abort'; readonly chunkStreamId: number }
  /** The sender has received so many bytes, modulo 2^32. */
  | { readonly kind: 'acknowledgement'; readonly sequenceNumber: number }
  /** The sender asks for an acknowledgement each time it has sent so many bytes. */
  | { readonly kind: 'windowAckSize'; readonly sizeBytes: number }
  /** The receiver shall have at most so many bytes unacknowledged. */
  | {
      readonly kind: 'setPeerBandwidth';
      readonly sizeBytes: number;
      readonly limit: BandwidthLimit;
    }
  /** An event of the stream, ping and pong among them. */
  | { readonly kind: 'userControl'; readonly eventType: number; readonly data: Uint8Array };

/** User control events, section 7.1.7. */
export const USER_CONTROL_EVENT = { pingRequest: 6, pingResponse: 7 } as const;

const LIMITS = ['hard', 'soft', 'dynamic'] as const;
const CHUNK_SIZE_TOP_BIT = 0x80000000;

/** Control messages travel on chunk stream 2, message stream 0; their timestamps mean nothing. */
export function buildControlMessage(control: ControlMessage): RtmpMessage {
  return {
    chunkStreamId: 2,
    typeId: MESSAGE_TYPE[control.kind],
    messageStreamId: 0,
    timestampMs: 0,
    payload: buildPayload(control),
  };
}

function buildPayload(control: ControlMessage): Uint8Array {
  const writer = new ByteWriter(8);
  switch (control.kind) {
    case 'setChunkSize':
    case 'windowAckSize':
      return writer.u32(control.sizeBytes).finish();
    case 'abort':
      return writer.u32(control.chunkStreamId).finish();
    case 'acknowledgement':
      return writer.u32(control.sequenceNumber).finish();
    case 'setPeerBandwidth':
      return writer.u32(control.sizeBytes).u8(LIMITS.indexOf(control.limit)).finish();
    case 'userControl':
      return writer.u16(control.eventType).bytes(control.data).finish();
  }
}

/**
 * The control message in `message`, or undefined when it is another kind of message.
 *
 * @throws RtmpProtocolError when it is too short or a chunk size is 0 or above 2^31 - 1.
 */
export function parseControlMessage(message: RtmpMessage): ControlMessage | undefined {
  try {
    return parsePayload(message.typeId, new ByteReader(message.payload));
  } catch (error) {
    if (!(error instanceof OutOfBytesError)) throw error;
    throw new RtmpProtocolError(`a message of type ${message.typeId} is too short`, {
      cause: error,
    });
  }
}

function parsePayload(typeId: number, reader: ByteReader): ControlMessage | undefined {
  switch (typeId) {
    case MESSAGE_TYPE.setChunkSize:
      return { kind: 'setChunkSize', sizeBytes: chunkSize(reader.u32()) };
    case MESSAGE_TYPE.abort:
      return { kind: 'abort', chunkStreamId: reader.u32() };
    case MESSAGE_TYPE.acknowledgement:
      return { kind: 'acknowledgement', sequenceNumber: reader.u32() };
    case MESSAGE_TYPE.windowAckSize:
      return { kind: 'windowAckSize', sizeBytes: reader.u32() };
    case MESSAGE_TYPE.setPeerBandwidth:
      // A limit type nobody has defined is the weakest one.
      return {
        kind: 'setPeerBandwidth',
        sizeBytes: reader.u32(),
        limit: LIMITS[reader.u8()] ?? 'dynamic',
      };
    case MESSAGE_TYPE.userControl: {
      const eventType = reader.u16();
      return { kind: 'userControl', eventType, data: reader.bytes(reader.remaining) };
    }
    default:
      return undefined;
  }
}

function chunkSize(sizeBytes: number): number {
  if (sizeBytes === 0 || sizeBytes >= CHUNK_SIZE_TOP_BIT) {
    throw new RtmpProtocolError(`a chunk size of ${sizeBytes} is not allowed`);
  }
  return sizeBytes;
}
