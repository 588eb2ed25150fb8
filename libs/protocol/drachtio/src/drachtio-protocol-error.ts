/** What was wrong; stable words for counters and logs. */
export type DrachtioProtocolReason = 'frameLength' | 'frameTooLong' | 'firstLine' | 'fields';

/** The only error of this lib: the other side does not speak the control protocol. The connection is lost. */
export class DrachtioProtocolError extends Error {
  override readonly name = 'DrachtioProtocolError';
  readonly reason: DrachtioProtocolReason;

  constructor(reason: DrachtioProtocolReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
