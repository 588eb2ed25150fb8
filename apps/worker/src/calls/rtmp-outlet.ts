import type { Clock, RandomSource, Secret, Timers } from '#foundation';
import { openPublishSession } from '#adapters/rtmp-tcp';
import type { PublishOptions, RtmpFailure, RtmpTrust } from '#adapters/rtmp-tcp';
import { Fault, refusalOfAddress } from '#domain';
import { RtmpUrlError, parseRtmpUrl } from '#protocol/rtmp';
import type { RtmpTarget } from '#protocol/rtmp';
import { refusedOutlet } from './outlets.ts';
import type { OutletKind, OutletTarget } from './ports.ts';
import { takesOpus } from './takes-opus.ts';

/** Which servers may be dialled. */
export interface RtmpRules {
  /** Authorities of the operator; undefined for none beside those that come with Node. */
  readonly trust: RtmpTrust | undefined;
  /** Whether outputs may go to private networks and this machine. */
  readonly allowPrivateTargets: boolean;
  /** Asked for the addresses of a server at every connection. Default: the system's. */
  readonly lookup?: NonNullable<PublishOptions['lookup']>;
}

/** What the outlets of all calls share. */
export interface OutletTools extends RtmpRules {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
}

/** The rules as a session wants them. */
export const dialRules = ({
  trust,
  allowPrivateTargets,
}: RtmpRules): Pick<PublishOptions, 'trust' | 'checkAddress'> => ({
  ...(trust === undefined ? {} : { trust }),
  ...(allowPrivateTargets ? {} : { checkAddress: refusalOfAddress }),
});

/** Opens RTMP connections; every write asks the lease. */
export const rtmpOutlets =
  ({ trust, allowPrivateTargets, ...tools }: OutletTools): OutletKind =>
  (_, lease) =>
  (order) => {
    const { media, onMoveAsked } = order;
    const target = rtmpTargetOf(order.target);
    if (target instanceof Fault) return refusedOutlet(target);
    const session = openPublishSession({
      ...tools,
      ...dialRules({ trust, allowPrivateTargets }),
      target,
      metadata: (abilities) =>
        (takesOpus(abilities) ? media.opus?.metadata : undefined) ?? media.metadata,
      headers: [],
      fence: lease.isHeld,
      onReconnectAsked: onMoveAsked,
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

/** The target of a publish, or why it is none. */
export function rtmpTargetOf({
  url,
  streamKey,
  urlCredentials,
}: Omit<OutletTarget, 'id'>): RtmpTarget | Fault {
  try {
    return parseRtmpUrl(withCredentials(url, urlCredentials), streamKey.reveal());
  } catch (error) {
    if (!(error instanceof RtmpUrlError)) throw error;
    return new Fault('RTMP_REFUSED', { detail: error.message, cause: error });
  }
}

function withCredentials(url: string, credentials: Secret | null): string {
  return credentials === null ? url : url.replace('://', () => `://${credentials.reveal()}@`);
}

const faultOf = (failure: RtmpFailure): Fault =>
  new Fault(failure.code, { detail: failure.detail, cause: failure });
