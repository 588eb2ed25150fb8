import type { RandomSource } from '#foundation';
import type { PublishRefusal } from './publish-refusal.ts';
import type { CommandCodec } from './publisher-commands.ts';
import type { ServerAbilities } from './server-abilities.ts';

/** What a publisher is made of. */
export interface RtmpPublisherOptions {
  readonly app: string;
  readonly tcUrl: string;
  /** Name of the stream, with its query if it has one. Shown to nobody but the server. */
  readonly streamKey: string;
  readonly codec: CommandCodec;
  readonly random: RandomSource;
  /** Default: `FMLE/3.0 (compatible; Callcast)`. */
  readonly flashVersion?: string;
  /** Bytes per chunk that we send. Default: 4096. */
  readonly chunkSizeBytes?: number;
  /** The server is asked to acknowledge each time so many bytes were sent. Default: 16 384. */
  readonly ackWindowBytes?: number;
}

/** What the publisher is waiting for, in the order of a good life; `over` after a refusal or the good-bye. */
export type PublisherStep =
  'handshake' | 'connect' | 'createStream' | 'publish' | 'publishing' | 'over';

/** What the server has told us. */
export type PublisherEvent =
  /** The stream is accepted: media may be written. */
  | { readonly kind: 'ready'; readonly abilities: ServerAbilities }
  /** The server says no, before or after `ready`. Nothing more will come. */
  | { readonly kind: 'refused'; readonly refusal: PublishRefusal }
  /** The server has received so many bytes, modulo 2^32. */
  | { readonly kind: 'acknowledged'; readonly sequenceNumber: number }
  /** The server has answered a ping of ours: the time that was in it. */
  | { readonly kind: 'pong'; readonly timestampMs: number }
  /**
   * The server wants to be left for another place, or to be connected to anew; until then it goes on.
   * @see `reconnectUrl`
   */
  | {
      readonly kind: 'reconnectAsked';
      readonly tcUrl: string | undefined;
      readonly description: string;
    };

/** What to do after bytes came in. */
export interface PublisherOutput {
  /** Bytes for the server; may be empty. */
  readonly out: Uint8Array;
  readonly events: readonly PublisherEvent[];
}
