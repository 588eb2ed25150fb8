import type { SrfRequest, SrfResponse } from './srf-types.ts';

/** The session description of a message, also out of a multipart body; empty when there is none. */
export function sdpOf(message: SrfRequest | SrfResponse): string {
  const isSdp = (type: string | null | undefined): boolean =>
    /^application\/sdp\b/i.test(type ?? '');
  const part = message.payload?.find(({ type }) => isSdp(type))?.content;
  if (part !== undefined && part !== '') return part;
  const body = message.body ?? '';
  return body.startsWith('v=0') ? body : '';
}
