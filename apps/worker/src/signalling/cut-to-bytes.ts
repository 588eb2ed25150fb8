const CUT = '\n[cut]';
const encoder = new TextEncoder();

/** A text that fills no more bytes in UTF-8; what is cut off is told of. Never halves a character. */
export function cutToBytes(text: string, bytes: number): string {
  if (text.length * 3 <= bytes || encoder.encode(text).length <= bytes) return text;
  const room = new Uint8Array(bytes - CUT.length);
  const { read } = encoder.encodeInto(text, room);
  return `${text.slice(0, read)}${CUT}`;
}
