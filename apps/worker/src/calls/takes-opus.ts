import type { ServerAbilities } from '#protocol/rtmp';

/** FourCcInfoMask of Enhanced RTMP v2: CanDecode and CanForward. That a server can encode Opus is of no use to us. */
const DECODES_OR_FORWARDS = 0x01 | 0x04;

/** Whether a server says that it takes Opus: by name, or as one codec of all. */
export function takesOpus(abilities: ServerAbilities | undefined): boolean {
  const masks = ['Opus', '*'].map((fourCc) => abilities?.audioFourCcs.get(fourCc) ?? 0);
  return masks.some((mask) => (mask & DECODES_OR_FORWARDS) !== 0);
}
