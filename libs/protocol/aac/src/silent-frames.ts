/**
 * Raw frames that decode to silence at any sampling rate, by channels: one `single_channel_element` or
 * `channel_pair_element` without spectral data (ISO/IEC 14496-3 section 4.4.2.1). Their window is a long one: behind short blocks, where section
 * 4.6.11.3 has a frame of its own to lead back, they decode to the same, for there is nothing in them to be windowed.
 * Shared: not to be written to.
 */
export const SILENT_FRAMES = {
  1: Uint8Array.of(0x00, 0xc8, 0x00, 0x80, 0x23, 0x80),
  2: Uint8Array.of(0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80),
} as const;
