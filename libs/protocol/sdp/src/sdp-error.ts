/**
 * Why a session description cannot be used.
 *
 * - `malformed`: not SDP, or over a limit of ours.
 * - `noAudio`: no audio stream over RTP, only over SRTP where we want none, or its port is 0 (refused by the peer).
 * - `noCommonCodec`: audio, but no codec that both sides speak.
 * - `notSecure`: SRTP was agreed or is required, but the stream is plain or its key cannot be used.
 * - `addressRefused`: the media address is one that we never send to (multicast, broadcast, not an address).
 */
export type SdpErrorCode =
  'malformed' | 'noAudio' | 'noCommonCodec' | 'notSecure' | 'addressRefused';

/** The only error that reading a peer's session description throws. */
export class SdpError extends Error {
  override readonly name = 'SdpError';

  constructor(
    readonly code: SdpErrorCode,
    message: string,
  ) {
    super(message);
  }
}
