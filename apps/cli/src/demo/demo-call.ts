import type { CallView, EventView } from '#contracts';
import type { DemoPeer } from './demo-rig.ts';
import type { RestClient } from './rest-client.ts';

/** A call of the demo on its way. */
export interface DemoCall {
  readonly id: string;
  readonly toneHz: number;
  readonly streamKey: string;
  readonly streamUrl: string;
}

/** A call of the demo that is over, and its history. */
export interface EndedCall extends DemoCall {
  readonly call: CallView;
  readonly events: readonly EventView[];
}

const LIVE_TIMEOUT_MS = 30_000;
const END_TIMEOUT_MS = 20_000;

/** Asks for one call, as a customer would. */
export async function placeDemoCall(
  client: RestClient,
  target: { readonly url: string; readonly streamKey: string },
  peer: DemoPeer,
): Promise<DemoCall> {
  const { url, streamKey } = target;
  const { id } = await client.placeCall({ to: peer.callee.uri(), outputs: [{ url, streamKey }] });
  return { id, toneHz: peer.toneHz, streamKey, streamUrl: `${url}/${streamKey}` };
}

/** Waits until the stream is at the RTMP server. */
export async function untilOnAir(client: RestClient, { id }: DemoCall): Promise<void> {
  await client.untilCall(id, {
    what: 'on air',
    is: (call) => call.outputs.every(({ state }) => state === 'publishing'),
    timeoutMs: LIVE_TIMEOUT_MS,
  });
}

/** Hangs up and reads the history. */
export async function endDemoCall(client: RestClient, demoCall: DemoCall): Promise<EndedCall> {
  await client.hangUp(demoCall.id);
  const call = await client.untilCall(demoCall.id, {
    what: 'over',
    is: ({ state }) => state === 'ended',
    timeoutMs: END_TIMEOUT_MS,
  });
  return { ...demoCall, call, events: await client.readEvents(demoCall.id) };
}

function timeOf(events: readonly EventView[], type: string): number {
  const found = events.find((event) => event.type === type);
  return found === undefined ? Number.NaN : Date.parse(found.at);
}

/** Milliseconds from the answer of the callee to the acceptance of the stream. */
export function answeredToFirstMediaMs({ events }: EndedCall): number {
  return timeOf(events, 'output.publishing') - timeOf(events, 'call.answered');
}

/** Seconds from the acceptance of the stream to its end. */
export function onAirSec({ events }: EndedCall): number {
  return (timeOf(events, 'output.closed') - timeOf(events, 'output.publishing')) / 1000;
}
