/** The peer broke the protocol; nothing that follows on this connection can be trusted. */
export class RtmpProtocolError extends Error {
  override readonly name = 'RtmpProtocolError';
}

/** The text is not an RTMP target. The message repeats no part of the text: keys and passwords are in there. */
export class RtmpUrlError extends Error {
  override readonly name = 'RtmpUrlError';
}
