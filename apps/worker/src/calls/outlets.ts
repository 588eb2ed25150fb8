import { Fault } from '#domain';
import type { Outlet, OutletKind } from './ports.ts';

/** Kinds of outlets by the scheme of the target's URL, colon included: `rtmp:`. */
export type OutletKinds = Readonly<Record<string, OutletKind>>;

/** Opens the kind of outlet that the target's URL names. */
export const outletsByScheme =
  (kinds: OutletKinds): OutletKind =>
  (call, lease) => {
    const openings = Object.entries(kinds).map(([scheme, kind]) => ({
      scheme,
      open: kind(call, lease),
    }));
    return (order) => {
      const { url } = order.target;
      const found = openings.find(({ scheme }) => url.toLowerCase().startsWith(scheme));
      const detail = 'this node knows no outputs of that kind';
      return found?.open(order) ?? refusedOutlet(new Fault('RTMP_REFUSED', { detail }));
    };
  };

/** A target that cannot be dialled: the API refuses such addresses, an older row may hold one. */
export function refusedOutlet(fault: Fault): Outlet {
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
