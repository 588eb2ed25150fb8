import { invariant } from '#foundation';
import type { Clock, RandomSource, Secret, Timers } from '#foundation';
import { openPublishSession } from '#adapters/rtmp-tcp';
import type { RtmpFailure } from '#adapters/rtmp-tcp';
import { Fault } from '#domain';
import type { ClaimedCall, OutputId } from '#domain';
import { RtmpUrlError, parseRtmpUrl } from '#protocol/rtmp';
import type { RtmpTarget } from '#protocol/rtmp';
import type { Lease } from './lease.ts';
import type { OpenOutlet, Outlet } from './ports.ts';

/** What the outlets of all calls share. */
export interface OutletTools {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
}

/** Opens RTMP connections for the outputs of one call; every write asks the lease. */
export const openRtmpOutlet =
  (tools: OutletTools) =>
  (call: ClaimedCall, lease: Lease): OpenOutlet =>
  (id, media) => {
    const target = targetOf(call, id);
    if (target instanceof Fault) return refusedOutlet(target);
    const session = openPublishSession({
      ...tools,
      target,
      metadata: media.metadata,
      headers: [],
      fence: lease.isHeld,
    });
    return {
      ready: session.ready,
      ended: session.ended.then((end) => (end === 'closed' ? undefined : faultOf(end))),
      write: (tag) => session.write(tag),
      close: () => session.close(),
      destroy: () => session.destroy(),
      stats: () => session.stats(),
    };
  };

/** A target that cannot be dialled: the API refuses such addresses, an older row may hold one. */
function refusedOutlet(fault: Fault): Outlet {
  const ready = Promise.reject(fault);
  ready.catch(() => undefined);
  return {
    ready,
    ended: Promise.resolve(fault),
    write: () => undefined,
    close: () => Promise.resolve(),
    destroy: () => undefined,
    stats: () => ({ bytesSent: 0, queuedBytes: 0, droppedTags: 0 }),
  };
}

function targetOf(call: ClaimedCall, id: OutputId): RtmpTarget | Fault {
  const output = call.record.outputs.find((candidate) => candidate.id === id);
  const key = call.secrets.streamKeys.get(id);
  invariant(output !== undefined && key !== undefined, 'the output is one of the call');
  const credentials = call.secrets.urlCredentials.get(id);
  try {
    return parseRtmpUrl(withCredentials(output.url, credentials), key.reveal());
  } catch (error) {
    if (!(error instanceof RtmpUrlError)) throw error;
    return new Fault('RTMP_REFUSED', { detail: error.message, cause: error });
  }
}

function withCredentials(url: string, credentials: Secret | undefined): string {
  return credentials === undefined ? url : url.replace('://', () => `://${credentials.reveal()}@`);
}

const faultOf = (failure: RtmpFailure): Fault =>
  new Fault(failure.code, { detail: failure.detail, cause: failure });
