import type { EventRecord } from '#domain';
import type { EventView } from './views.ts';

/** An event as clients see it. */
export const eventView = (event: EventRecord): EventView => ({
  id: event.id,
  callId: event.callId,
  seq: event.seq,
  epoch: event.epoch,
  type: event.type,
  at: event.at.toISOString(),
  data: { ...event.data },
});
