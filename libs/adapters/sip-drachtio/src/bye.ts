import type { ControlConnection, InDialogRequest } from './control-connection.ts';
import { ControlError } from './control-error.ts';
import { reasonHeaders } from './invite-headers.ts';

/** A dialog to be ended. */
export interface Parting {
  readonly dialogId: string;
  /**
   * The peer's Contact. The server fills in the real one; it is what an answer to a challenge has to be computed over.
   * Default: a placeholder.
   */
  readonly uri?: string;
  /** Answers a challenge: see InDialogRequest. */
  readonly authorize?: InDialogRequest['authorize'] | undefined;
}

/** How it is to be ended. */
interface Farewell extends Parting {
  readonly reason?: string | undefined;
  readonly timeoutMs: number;
}

const MAX_DIALOG_ID_CHARS = 512;

/** Sends BYE and waits for its answer, for `timeoutMs` at most. Never throws. */
export async function sendBye(
  connection: ControlConnection,
  farewell: Farewell,
): Promise<'ended' | 'unknown' | 'unreachable'> {
  const { dialogId, uri = 'sip:placeholder', authorize, reason, timeoutMs } = farewell;
  // The id becomes a field of a control frame.
  if (dialogId.length > MAX_DIALOG_ID_CHARS || /[|\p{Cc}]/u.test(dialogId)) return 'unknown';
  const options = {
    method: 'BYE',
    stackDialogId: dialogId,
    headers: reasonHeaders(reason),
  } as const;
  try {
    const response = await connection.request({ uri, options, timeoutMs, authorize });
    if (response.status === 481) return 'unknown';
    return response.status < 300 ? 'ended' : 'unreachable';
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    return error.code === 'noDialog' ? 'unknown' : 'unreachable';
  }
}
