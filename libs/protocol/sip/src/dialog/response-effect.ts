/**
 * Failures that say that the peer, or the way to it, has lost the call: sent to any request within the dialog, they end
 * it (RFC 5057 section 5.1). The address that is not found, gone, ambiguous or incomplete (404, 410, 416, 484, 485, 604)
 * is the one that the peer itself gave; loops (482, 483) and bad gateways (502) are in the route that the call has.
 */
const ENDS_CALL = new Set([404, 408, 410, 416, 480, 481, 482, 483, 484, 485, 502, 604]);

/**
 * Whether a final response to a request of ours within a call means that the call is over, so that all that is left is
 * to send BYE. Everything else concerns the request alone.
 *
 * @param method BYE is over with any final response but a challenge. INVITE, the method that keeps a call, must also
 *   not be refused as such (405). Of an OPTIONS only 481 counts: it asks for nothing, and there are peers that look
 *   for its address as if it were a new call. CANCEL and ACK have no
 *   say, nor has PRACK: its INVITE decides, and 481 tells it that it fits no response (RFC 3262 section 3).
 * @param status A time-out of the transaction counts as 408.
 * @see RFC 3261 section 12.2.1.2 (408, 481), RFC 5057 section 5.1
 */
export function endsCall(method: string, status: number): boolean {
  if (status < 200) return false;
  switch (method) {
    case 'ACK':
    case 'CANCEL':
    case 'PRACK':
      return false;
    case 'BYE':
      return status !== 401 && status !== 407;
    case 'OPTIONS':
      return status === 481;
    case 'INVITE':
      return status === 405 || ENDS_CALL.has(status);
    default:
      return ENDS_CALL.has(status);
  }
}
