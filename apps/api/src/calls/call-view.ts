import type { CallView, OutputView } from '#contracts';
import { broadcastOf } from '#domain';
import type { CallRecord, OutputRecord } from '#domain';

const time = (date: Date | null): string | null => date?.toISOString() ?? null;

/** An output as clients see it. */
export const outputView = (output: OutputRecord): OutputView => ({
  id: output.id,
  url: output.url,
  streamKey: output.maskedKey,
  role: output.backup === null ? 'primary' : 'backup',
  backupOf: output.backup?.of ?? null,
  state: output.state,
  attempts: output.attempts,
  nextRetryAt: time(output.nextRetryAt),
  audioCodec: output.audioCodec,
  error: output.fault === null ? null : { ...output.fault },
});

/** A call as clients see it. */
export function callView(call: CallRecord): CallView {
  const broadcast = broadcastOf(
    call.state,
    call.outputs.map(({ state, publishedAt }) => ({ state, hasPublished: publishedAt !== null })),
  );
  return {
    id: call.id,
    callId: call.callId,
    appKey: call.appKey,
    state: call.state,
    epoch: call.epoch,
    node: call.node,
    broadcast,
    muted: call.muted,
    heldBy: call.state === 'held' ? call.heldBy : null,
    to: call.spec.to,
    trunk: call.spec.trunk?.name ?? null,
    createdAt: call.createdAt.toISOString(),
    startAt: time(call.startAt),
    nextDialAt: call.state === 'queued' ? time(call.nextDialAt) : null,
    redials: call.redials,
    priority: call.priority,
    answeredAt: time(call.answeredAt),
    endedAt: time(call.endedAt),
    verdict: call.verdict === null ? null : { ...call.verdict },
    outputs: call.outputs.map(outputView),
    media: { direction: call.spec.media.direction, path: call.mediaPath },
    metadata: { ...call.metadata },
  };
}
