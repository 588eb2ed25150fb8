import type { NewEvent, OutputPatch, OutputRecord, OutputState } from '#domain';

/** A step of an output. */
interface OutputStep {
  readonly from: OutputState;
  readonly to: OutputState;
  readonly patch: OutputPatch;
}

/** What clients hear when an output enters a state. */
export function eventsOf(
  { id: outputId, url }: OutputRecord,
  { from, to, patch }: OutputStep,
): NewEvent[] {
  const data = { outputId, url };
  const error = patch.fault ?? null;
  const nextRetryAt = patch.nextRetryAt?.toISOString() ?? null;
  switch (to) {
    case 'connecting':
      return [{ type: 'output.connecting', data: { ...data, attempt: patch.attempts } }];
    case 'publishing':
      return [
        { type: 'output.publishing', data: { ...data, audioCodec: patch.audioCodec ?? null } },
      ];
    case 'retrying':
      return [{ type: 'output.interrupted', data: { ...data, error, nextRetryAt } }];
    case 'failed':
      return [{ type: 'output.failed', data: { ...data, error } }];
    case 'closed':
      return [{ type: 'output.closed', data }];
    case 'idle':
      return from === 'idle' ? [] : [{ type: 'output.rested', data }];
    case 'closing':
      return [];
  }
}

/** A URL as it may be told: a server may send us to one that holds a token. */
export const withoutQuery = (url: string): string => url.replace(/\?.*$/, '');
