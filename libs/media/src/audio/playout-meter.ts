/** What the buffer of a path shows of itself. Filled by the stages, read by whoever wants figures. */
export class PlayoutMeter {
  /** Audio in store behind what is being played: the delay that the buffer adds now, in milliseconds. */
  bufferMs = 0;
  /** How much faster the sender's clock runs than ours, in millionths; 0 while that is not known. */
  driftPpm = 0;
}
