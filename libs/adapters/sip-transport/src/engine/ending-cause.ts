/** Why the server ends a leg by itself. */
export interface EndingCause {
  /** Goes into the Reason header, and so to the client's `destroy` event. */
  readonly reason: string;
  /** The SIP status that is the cause (RFC 3326). Default: 200. */
  readonly status?: number;
  /** Whether the owner is told by an unsolicited BYE. */
  readonly isTold: boolean;
}
