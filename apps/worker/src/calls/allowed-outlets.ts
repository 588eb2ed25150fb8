import { Fault, isHostAllowed } from '#domain';
import type { AppDirectory } from '#domain';
import { withDeadline } from '#foundation';
import type { Timers } from '#foundation';
import type { Outlet, OutletKind } from './ports.ts';

/** A store that says nothing for so long is away: what it has said last counts. */
const PATIENCE_MS = 2_000;

/** Null allows every host. */
type AllowedList = readonly string[] | null;

/** Where the lists of apps are. */
interface AllowanceTools {
  readonly apps: AppDirectory;
  readonly timers: Timers;
}

/**
 * Asks the app's list of hosts before every connection: a list may have changed since the call was placed, and a server may ask
 * to be left for one that nobody has asked for.
 */
export const allowedOutlets =
  ({ apps, timers }: AllowanceTools, kind: OutletKind): OutletKind =>
  (call, lease) => {
    const { appKey } = call.record;
    const open = kind(call, lease);
    let known: AllowedList | undefined;
    const listNow = async (): Promise<AllowedList> => {
      try {
        const app = await withDeadline(timers, PATIENCE_MS, 'the app', apps.findApp(appKey));
        known = app?.allowed.rtmpHosts ?? null;
      } catch (error) {
        // What is on air is not to end with the store; what has never been asked for waits for it.
        if (known === undefined) throw new Fault('STORE_UNAVAILABLE', { cause: error });
      }
      return known;
    };
    const check = async (url: string): Promise<void> => {
      if (!isHostAllowed(hostOf(url), await listNow())) throw new Fault('TARGET_NOT_ALLOWED');
    };
    return (order) => new AwaitedOutlet(check(order.target.url), () => open(order));
  };

/** What is no URL is refused by those who would open it. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : '');

/** An outlet that is opened once something has been found out. */
class AwaitedOutlet implements Outlet {
  readonly ready: Outlet['ready'];
  readonly ended: Outlet['ended'];
  #outlet: Outlet | undefined;
  #isLeft = false;

  constructor(may: Promise<void>, open: () => Outlet) {
    const opened = may.then(() => {
      if (this.#isLeft) throw new Fault('RTMP_REFUSED', { detail: 'left before it was opened' });
      this.#outlet = open();
      return this.#outlet;
    });
    this.ready = opened.then((outlet) => outlet.ready);
    this.ready.catch(() => undefined);
    this.ended = opened.then(
      (outlet) => outlet.ended,
      (error: unknown) => {
        if (this.#isLeft) return undefined;
        return error instanceof Fault ? error : new Fault('INTERNAL', { cause: error });
      },
    );
  }

  write: Outlet['write'] = (tag) => this.#outlet?.write(tag);

  async close(): Promise<void> {
    this.#isLeft = true;
    await this.#outlet?.close();
  }

  destroy(): void {
    this.#isLeft = true;
    this.#outlet?.destroy();
  }

  stats: Outlet['stats'] = () =>
    this.#outlet?.stats() ?? { bytesSent: 0, queuedBytes: 0, droppedTags: 0 };
}
