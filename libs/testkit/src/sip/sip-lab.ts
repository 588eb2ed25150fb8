import { DEFAULT_SIP_TIMERS, RequestSender, TransactionLayer } from '#protocol/sip';
import type {
  FoundRoute,
  Located,
  RouteFinder,
  ServerTransaction,
  SipRequest,
  TransportPath,
} from '#protocol/sip';
import { SeededRandom } from '../seeded-random.ts';
import { VirtualTime } from '../virtual-time.ts';
import { MemoryOutlet } from './memory-outlet.ts';
import { arrivalFrom, sipResponse } from './sip-messages.ts';
import type { TestResponseParts } from './sip-messages.ts';

/** A route finder whose names are looked up when the test says so. */
export class ScriptedRoutes implements RouteFinder {
  /** Lookups that wait for their answer. */
  readonly lookups: {
    readonly uri: string;
    readonly callId: string;
    readonly resolved: (paths: readonly TransportPath[]) => void;
  }[] = [];
  /** What became known about targets: `192.0.2.5 answered`, `192.0.2.5 failed`, `192.0.2.5 failed for 30 s`. */
  readonly notes: string[] = [];

  find(uri: string): FoundRoute {
    if (uri.startsWith('sips:')) return { kind: 'unusable', problem: 'unsupportedScheme' };
    const [, host = '', port] = /@?([^@:;]+)(?::(\d+))?(?:;|$)/.exec(uri.slice(4)) ?? [];
    const transport = uri.includes('transport=tcp') ? 'tcp' : 'udp';
    if (!/^[\d.]+$/.test(host)) return { kind: 'name', transport };
    return { kind: 'path', path: { transport, address: host, port: Number(port ?? 5060) } };
  }

  resolve(uri: string, callId: string, resolved: (located: Located) => void): void {
    this.lookups.push({ uri, callId, resolved: (paths) => resolved({ paths }) });
  }

  forSize(_uri: string, paths: readonly TransportPath[]): readonly TransportPath[] {
    return paths;
  }

  answered({ address }: TransportPath): void {
    this.notes.push(`${address} answered`);
  }

  failed({ address }: TransportPath, restSeconds?: number): void {
    this.notes.push(`${address} failed${restSeconds === undefined ? '' : ` for ${restSeconds} s`}`);
  }
}

/** A SIP stack without sockets: virtual time, a wire that remembers, and a peer that the test plays. */
export class SipLab {
  readonly time = new VirtualTime();
  readonly random = new SeededRandom(7);
  readonly outlet = new MemoryOutlet(this.time);
  readonly routes = new ScriptedRoutes();
  readonly config = DEFAULT_SIP_TIMERS;
  /** Requests that came in. */
  readonly opened: ServerTransaction[] = [];
  readonly layer = new TransactionLayer({
    outlet: this.outlet,
    timers: this.time,
    config: this.config,
    maxTransactions: 100,
    user: { request: (transaction) => this.opened.push(transaction), ack: () => undefined },
  });
  readonly sender = new RequestSender({
    layer: this.layer,
    timers: this.time,
    config: this.config,
    routes: this.routes,
    random: this.random,
    sentBy: () => '192.0.2.1',
  });

  /** The peer answers a request that was sent. */
  answer(request: SipRequest, status: number, parts: TestResponseParts = {}): void {
    this.layer.receive(sipResponse(request, status, parts), arrivalFrom());
  }
}
