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

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** 48 bits of time and 80 random bits in Crockford's base 32, so that ids sort by their age. */
function sortableId(wallMs: number, random: RandomSource): string {
  let bits = BigInt(Math.trunc(wallMs)) & 0xffff_ffff_ffffn;
  for (const byte of random.bytes(10)) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let index = 0; index < 26; index++) {
    text = (ALPHABET[Number(bits & 31n)] ?? '') + text;
    bits >>= 5n;
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
  commandId = (): CommandId => `cmd_${sortableId(this.wallMs(), this.random)}` as CommandId;
}

const SHAPE = /^(call|out|evt|node|cmd)_[0-9a-hjkmnp-tv-z]{26}$/;

/** Whether `text` has the shape of a call id. */
export const isCallId = (text: string): text is CallId =>
  SHAPE.test(text) && text.startsWith('call_');
