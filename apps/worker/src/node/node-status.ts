import type { Admission, Dialer, NodeReport } from '#domain';
import type { CallRoster } from '../calls/call-roster.ts';

/** What a node carries, how it fares, and whether it takes calls. */
export type NodeStatusReport = Omit<NodeReport, 'id' | 'host' | 'pid' | 'version' | 'url'>;

interface NodeStatusOptions {
  readonly roster: Pick<CallRoster, 'size' | 'refusal'>;
  readonly admission: Admission;
  readonly dialer: Pick<Dialer, 'isConnected'>;
}

/** The one place that says whether a node takes calls: for the list of nodes and for probes. */
export class NodeStatus {
  readonly #options: NodeStatusOptions;

  constructor(options: NodeStatusOptions) {
    this.#options = options;
  }

  /** As of now. */
  report(): NodeStatusReport {
    const { roster, admission, dialer } = this.#options;
    return {
      capacity: admission.capacity,
      usedCapacity: admission.usedUnits,
      activeCalls: roster.size,
      ...admission.reading,
      refusal: (dialer.isConnected ? roster.refusal : 'signallingLost') ?? null,
    };
  }
}
