/**
 * Why a session description cannot be used.
 *
 * - `malformed`: not SDP, or over a limit of ours.
 * - `noAudio`: no audio stream over plain RTP, or its port is 0 (refused by the peer).
 * - `noCommonCodec`: audio, but no codec that both sides speak.
 * - `addressRefused`: the media address is one that we never send to (multicast, broadcast, not an address).
 */
export type SdpErrorCode = 'malformed' | 'noAudio' | 'noCommonCodec' | 'addressRefused';

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
