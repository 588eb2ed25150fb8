import { openFlvRecording } from '#adapters/record-flv';
import type { RecordingFailure } from '#adapters/record-flv';
import { Fault } from '#domain';
import type { OutputId } from '#domain';
import type { Logger, Timers } from '#foundation';
import { refusedOutlet } from '../calls/outlets.ts';
import type { Outlet, OutletKind, OutletOrder } from '../calls/ports.ts';
import type { RecordingTeller } from './recording-teller.ts';

/** What the recordings of a worker share. */
export interface RecordingTools {
  /** Undefined where nothing is recorded. */
  readonly folder: string | undefined;
  readonly teller: Pick<RecordingTeller, 'tell'>;
  /** A recording waits to be converted. */
  readonly onReleased: () => void;
  readonly timers: Timers;
  readonly logger: Logger;
}

const SCHEME = 'file:';

const faultOf = (failure: RecordingFailure): Fault =>
  new Fault(failure.code, { detail: failure.detail, cause: failure });

/** Outlets that are files: `file:NAME`. */
export const recordingOutlets =
  (tools: RecordingTools): OutletKind =>
  ({ record }) => {
    /** Those that have been opened on this node. */
    const opened = new Set<OutputId>();
    return (order) => {
      const { id } = order.target;
      // The name is free, unless this output has used it itself: before it failed, or on another node.
      const isContinued = opened.has(id) || record.epoch > 1;
      opened.add(id);
      return openOutlet(tools, order, { callId: record.id, isContinued });
    };
  };

function openOutlet(
  { folder, teller, onReleased, timers, logger }: RecordingTools,
  { target, media }: OutletOrder,
  { callId, isContinued }: { readonly callId: string; readonly isContinued: boolean },
): Outlet {
  if (folder === undefined) {
    const detail = 'CALLCAST_RECORDINGS is not set on the worker of the call';
    return refusedOutlet(new Fault('RECORDING_REFUSED', { detail }));
  }
  const { id: outputId, url } = target;
  const recording = openFlvRecording({
    folder,
    name: url.slice(SCHEME.length),
    isContinued,
    facts: { callId, outputId },
    metadata: media.metadata,
    timers,
  });
  const tellStarted = async (file: string): Promise<void> => {
    const data = { outputId, file };
    await teller.tell(callId, `${outputId} ${file} started`, { type: 'recording.started', data });
  };
  const ready = recording.ready.then(
    (file) => {
      tellStarted(file).catch((error: unknown) => {
        logger.warn('recording.untold', { callId, error: String(error) });
      });
      return undefined;
    },
    (error: unknown) => Promise.reject(faultOf(error as RecordingFailure)),
  );
  ready.catch(() => undefined);
  void recording.released.then(onReleased);
  return {
    ready,
    ended: recording.ended.then((end) => (end === 'closed' ? undefined : faultOf(end))),
    write: (tag) => recording.write(tag),
    close: () => recording.close(),
    destroy: () => recording.destroy(),
    stats: () => recording.stats(),
  };
}
