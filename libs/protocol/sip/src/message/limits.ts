/** The largest datagram a message may fill, in bytes (RFC 3261 section 18.1.1 names 65 535). */
export const MAX_DATAGRAM_BYTES = 65_536;
/** The largest message on a stream, head and body together, in bytes. */
export const MAX_STREAM_MESSAGE_BYTES = 262_144;
/** The largest start line plus headers, in bytes; a head that has not ended by then never will. */
export const MAX_HEAD_BYTES = 65_536;
/** The longest start line or (unfolded) header line, in UTF-16 units. */
export const MAX_LINE_LENGTH = 8_192;
/** The most header lines of one message. */
export const MAX_HEADER_LINES = 256;
/** The most Via values of one message, comma lists counted apart. */
export const MAX_VIAS = 64;
/** The most parameters of one header value or URI. */
export const MAX_PARAMS = 64;
/** The longest host name (RFC 1035 section 2.3.4). */
export const MAX_HOST_LENGTH = 255;
/** CSeq numbers stay below 2^31 (RFC 3261 section 8.1.1.5). */
export const MAX_CSEQ = 0x7fff_ffff;
/** Max-Forwards is 0 to 255 (RFC 3261 section 20.22). */
export const MAX_MAX_FORWARDS = 255;
