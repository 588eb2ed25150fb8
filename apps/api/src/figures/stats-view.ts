import type { CallStatsView } from '#contracts';
import type { CallRecord, CallStats, LiveFigures } from '#domain';

const figuresOf = ({ at, audio, refused, outputs }: CallStats) => ({
  at,
  audio: { ...audio },
  refused: { ...refused },
  outputs: outputs.map((output) => ({ ...output })),
});

/** The figures of a live call as clients see them. */
export const liveStatsView = ({ callId, epoch, node, stats }: LiveFigures): CallStatsView => ({
  callId,
  epoch,
  node,
  isFinal: false,
  ...figuresOf(stats),
});

/** The last figures of a call that has ended. */
export const finalStatsView = (
  { id, epoch, node }: CallRecord,
  stats: CallStats,
): CallStatsView => ({
  callId: id,
  epoch,
  node,
  isFinal: true,
  ...figuresOf(stats),
});
