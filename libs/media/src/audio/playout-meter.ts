/** What the buffer of a path shows of itself. Filled by the stages, read by whoever wants figures. */
export class PlayoutMeter {
  /** How long the latest packets wait before they are heard, in milliseconds; 0 while nothing is in store. */
  bufferMs = 0;
  /** What the buffer wants that delay to be for the fastest packets, in milliseconds. */
  targetMs = 0;
  /** How much faster the sender's clock runs than ours, in millionths; 0 while that is not known. */
  driftPpm = 0;
}
