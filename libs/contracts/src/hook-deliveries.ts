import { HOOK_DISABLED, NO_CALL } from '#domain';
import type { DeliveryPlan, DisabledNotice, EventId, HookRecord, NewDelivery } from '#domain';
import { eventView } from './event-view.ts';
import type { EventView } from './views.ts';
import { wcsHookRequests } from './wcs-hooks.ts';

const encoder = new TextEncoder();
const bytesOf = (body: object): Uint8Array => encoder.encode(JSON.stringify(body));

/** What a hook is told of an event: the event itself, or what it is in the words of WCS. */
export const hookDeliveries: DeliveryPlan = (event, { dialect }, call) => {
  if (dialect === 'standard') return [{ path: '', body: bytesOf(eventView(event)) }];
  if (call === null) return [];
  return wcsHookRequests(event, call).map(({ method, body }) => ({
    path: method,
    body: bytesOf(body),
  }));
};

/** The type of an event that only tries an endpoint. */
const TEST_TYPE = 'hook.test';

/** What an endpoint is told when it is only tried: like any event, and of no call. */
export function testDelivery(
  { dialect, appKey, id: hookId }: Pick<HookRecord, 'dialect' | 'appKey' | 'id'>,
  { id, at }: { readonly id: EventId; readonly at: Date },
): NewDelivery {
  if (dialect === 'wcs') {
    const words = { login: null, status: 'ESTABLISHED', info: null };
    const body = { nodeId: null, appKey, sessionId: id, custom: { test: 'true' }, ...words };
    return { path: 'ConnectionStatusEvent', body: bytesOf(body) };
  }
  return ofNoCall(TEST_TYPE, { id, at }, { hookId });
}

/** What the other hooks of an app are told when one was switched off by its failures. */
export const disabledDelivery: DisabledNotice = (event, disabled) =>
  ofNoCall(HOOK_DISABLED, event, { ...disabled });

function ofNoCall(
  type: string,
  { id, at }: { readonly id: EventId; readonly at: Date },
  data: Readonly<Record<string, unknown>>,
): NewDelivery {
  const event: EventView = {
    ...{ id, callId: NO_CALL, seq: 1, epoch: 0, type },
    ...{ at: at.toISOString(), data },
  };
  return { path: '', body: bytesOf(event) };
}
