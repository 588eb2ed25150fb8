import type { SipNote } from '#domain';
import { redactSip } from '#protocol/sip';

/** A SIP message in a frame of the control protocol. */
export interface Overheard {
  readonly sipCallId: string;
  readonly direction: SipNote['direction'];
  /** The signalling server has made it up itself: it was on no line. */
  readonly isMadeUp: boolean;
  /** As it was on the line, credentials and all. */
  readonly text: string;
}

/** Where the fields of a passage begin: behind `id|sip`, and behind `id|response|id|OK`. */
const PASSAGE_AT: Readonly<Record<string, number>> = { sip: 2, response: 4 };
const CALL_ID = /^(?:call-id|i)[ \t]*:[ \t]*(\S+)/im;

/**
 * The message of a frame of the signalling server: one that was received, or the echo of one that was sent. Undefined for
 * frames without one. Nothing is asked of the message but its Call-ID: srf reads it.
 */
export function overheardIn(frame: string): Overheard | undefined {
  const end = frame.indexOf('\r\n');
  if (end < 0) return undefined;
  const fields = frame.slice(0, end).split('|');
  const at = PASSAGE_AT[fields[1] ?? ''];
  if (at === undefined || (at === 4 && fields[3] !== 'OK')) return undefined;
  const [source, , , address] = fields.slice(at);
  const text = frame.slice(end + 2);
  const blank = text.indexOf('\r\n\r\n');
  const sipCallId = CALL_ID.exec(blank < 0 ? text : text.slice(0, blank))?.[1];
  if (sipCallId === undefined || (source !== 'network' && source !== 'application')) {
    return undefined;
  }
  const direction = source === 'network' ? 'in' : 'out';
  return { sipCallId, direction, isMadeUp: direction === 'in' && address === '', text };
}

/** What may be told of it. */
export function noteOf({ direction, isMadeUp, text }: Overheard): SipNote {
  const { summary, text: shown } = redactSip(text);
  const remark = isMadeUp ? ' (made up by the signalling server)' : '';
  return { direction, summary: `${summary}${remark}`, text: shown };
}
