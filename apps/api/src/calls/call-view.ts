import type { CallView, OutputView } from '#contracts';
import { broadcastOf, catalogEntry } from '#domain';
import type { CallRecord, OutputRecord, RedialPolicy, Verdict } from '#domain';

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

const verdictView = (verdict: Verdict): CallView['verdict'] => ({
  ...verdict,
  title: catalogEntry(verdict.code).summary,
  sipStatus: verdict.sipStatus ?? null,
});

const redialView = ({ attempts, backoffSeconds, on }: RedialPolicy): CallView['redial'] => ({
  attempts,
  backoffSeconds: [...backoffSeconds],
  on: [...on],
});

/** A call as clients see it. */
export function callView(call: CallRecord): CallView {
  const { to, from, trunk, media, limits } = call.spec;
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
    to,
    from: {
      user: from.user ?? null,
      displayName: from.displayName ?? null,
      domain: from.domain ?? null,
    },
    trunk: trunk?.name ?? null,
    createdAt: call.createdAt.toISOString(),
    startAt: time(call.startAt),
    nextDialAt: call.state === 'queued' ? time(call.nextDialAt) : null,
    redials: call.redials,
    redial: call.redial && redialView(call.redial),
    priority: call.priority,
    answeredAt: time(call.answeredAt),
    endedAt: time(call.endedAt),
    verdict: call.verdict && verdictView(call.verdict),
    outputs: call.outputs.map(outputView),
    media: {
      direction: media.direction,
      path: call.mediaPath,
      codecs: [...media.audio.codecs],
      srtp: media.srtp ?? 'off',
    },
    limits: { ringSeconds: limits.ringSeconds, maxSeconds: limits.maxSeconds },
    metadata: { ...call.metadata },
  };
}
