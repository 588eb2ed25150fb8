/** The bytes are not the FLV element they should be. */
export class FlvError extends Error {
  override readonly name = 'FlvError';
}

/**
 * One unit of media on its way out: what an FLV file stores as a tag and RTMP sends as a message.
 *
 * @remarks `body` belongs to all outputs of a call at once: nobody changes it.
 * @see Adobe Flash Video File Format 10.1 section E.4.1
 */
export interface FlvTag {
  readonly kind: 'audio' | 'video' | 'script';
  /** Milliseconds since the start of the broadcast; grows without wrapping, may pass 2^32. */
  readonly timestampMs: number;
  /** AUDIODATA, VIDEODATA or SCRIPTDATA with its own header bytes. */
  readonly body: Uint8Array;
  /** The tag configures a decoder (AAC or AVC sequence header) and must not be dropped. Default: false. */
  readonly isSequenceHeader?: boolean;
  /** A video frame that needs no other one: players and servers can begin here. Default: false. */
  readonly isKeyFrame?: boolean;
}
