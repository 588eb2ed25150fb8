import type { RandomSource } from '#foundation';

declare const idBrand: unique symbol;
type Id<Name extends string> = string & { readonly [idBrand]: Name };

/** Names one call for ever: `call_` and 26 characters. */
export type CallId = Id<'call'>;
/** Names one output of a call: `out_` and 26 characters. */
export type OutputId = Id<'output'>;
/** Names one event: `evt_` and 26 characters. */
export type EventId = Id<'event'>;
/** Names one run of one worker process: `node_` and 26 characters. */
export type NodeId = Id<'node'>;
/** Names one command to a call: `cmd_` and 26 characters. */
export type CommandId = Id<'command'>;
/** Names one endpoint of an app: `hook_` and 26 characters. */
export type HookId = Id<'hook'>;
/** Names one delivery to an endpoint: `dlv_` and 26 characters. */
export type DeliveryId = Id<'delivery'>;
/** Names one trunk: `trunk_` and 26 characters. */
export type TrunkId = Id<'trunk'>;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Two characters for each 10 bits. */
const PAIRS = Array.from(ALPHABET, (first) =>
  Array.from(ALPHABET, (second) => first + second),
).flat();

/** 48 bits of time and 80 random bits in Crockford's base 32, so that ids sort by their age. */
function sortableId(wallMs: number, random: RandomSource): string {
  const time = Math.trunc(wallMs);
  const high = Math.trunc(time / 2 ** 32) & 0xffff;
  const low = time >>> 0;
  // 26 characters hold 130 bits: two more than there are, which come first and are 0.
  let text =
    (PAIRS[high >>> 8] ?? '') +
    (PAIRS[((high & 0xff) << 2) | (low >>> 30)] ?? '') +
    (PAIRS[(low >>> 20) & 0x3ff] ?? '') +
    (PAIRS[(low >>> 10) & 0x3ff] ?? '') +
    (PAIRS[low & 0x3ff] ?? '');
  let bits = 0;
  let waiting = 0;
  for (const byte of random.bytes(10)) {
    bits = ((bits << 8) | byte) & 0x3ffff;
    waiting += 8;
    if (waiting < 10) continue;
    waiting -= 10;
    text += PAIRS[(bits >> waiting) & 0x3ff] ?? '';
  }
  return text;
}

/** Makes ids; one per process. */
export class IdFactory {
  constructor(
    private readonly wallMs: () => number,
    private readonly random: RandomSource,
  ) {}

  callId = (): CallId => `call_${sortableId(this.wallMs(), this.random)}` as CallId;
  outputId = (): OutputId => `out_${sortableId(this.wallMs(), this.random)}` as OutputId;
  eventId = (): EventId => `evt_${sortableId(this.wallMs(), this.random)}` as EventId;
  nodeId = (): NodeId => `node_${sortableId(this.wallMs(), this.random)}` as NodeId;
  hookId = (): HookId => `hook_${sortableId(this.wallMs(), this.random)}` as HookId;
  deliveryId = (): DeliveryId => `dlv_${sortableId(this.wallMs(), this.random)}` as DeliveryId;
  trunkId = (): TrunkId => `trunk_${sortableId(this.wallMs(), this.random)}` as TrunkId;
  commandId = (): CommandId => `cmd_${sortableId(this.wallMs(), this.random)}` as CommandId;
}

const SHAPE = /^(call|out|evt|node|cmd|trunk|hook|dlv)_[0-9a-hjkmnp-tv-z]{26}$/;

/** Whether `text` has the shape of a call id. */
export const isCallId = (text: string): text is CallId =>
  SHAPE.test(text) && text.startsWith('call_');

/** Whether `text` has the shape of a trunk id. */
export const isTrunkId = (text: string): text is TrunkId =>
  SHAPE.test(text) && text.startsWith('trunk_');

/** Whether `text` has the shape of a hook's id. */
export const isHookId = (text: string): text is HookId =>
  SHAPE.test(text) && text.startsWith('hook_');

/** Whether `text` has the shape of a delivery's id. */
export const isDeliveryId = (text: string): text is DeliveryId =>
  SHAPE.test(text) && text.startsWith('dlv_');
