import { MESSAGE_TYPE } from '../chunks/rtmp-message.ts';
import type { RtmpMessage } from '../chunks/rtmp-message.ts';
import type { CommandCodec } from './publisher-commands.ts';

/** A command of the server. */
export interface ServerCommand {
  readonly name: string;
  readonly transactionId: number;
  /** What follows: the command object first, then the arguments. */
  readonly values: readonly unknown[];
}

/**
 * The command in `message`, or undefined when it is no command or cannot be read: a server that garbles
 * something we do not need is not worth a broadcast.
 */
export function readCommand(message: RtmpMessage, codec: CommandCodec): ServerCommand | undefined {
  const bytes = commandBytes(message);
  if (bytes === undefined) return undefined;
  const [name, transactionId, ...values] = parseOrNothing(bytes, codec);
  if (typeof name !== 'string' || typeof transactionId !== 'number') return undefined;
  return { name, transactionId, values };
}

function commandBytes({ typeId, payload }: RtmpMessage): Uint8Array | undefined {
  if (typeId === MESSAGE_TYPE.commandAmf0) return payload;
  if (typeId !== MESSAGE_TYPE.commandAmf3) return undefined;
  // An AMF 3 command is AMF 0 behind a zero byte, unless a value switches over.
  return payload[0] === 0 ? payload.subarray(1) : payload;
}

function parseOrNothing(bytes: Uint8Array, codec: CommandCodec): readonly unknown[] {
  try {
    return codec.parse(bytes);
  } catch {
    // Unreadable is the same as unknown here; the step's deadline covers an answer that was needed.
    return [];
  }
}
