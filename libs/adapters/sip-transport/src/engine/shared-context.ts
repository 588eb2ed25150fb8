import type { Logger, RandomSource, Timers } from '#foundation';
import type { RequestSender, SipTimerConfig } from '#protocol/sip';
import type { Way } from '../transport/transport-manager.ts';
import type { OwnAddress } from './header-policy.ts';
import type { LegTable } from './leg-table.ts';
import type { OutgoingTable } from './outgoing-table.ts';
import type { Reports } from './reports.ts';

/** What all parts of the engine share. */
export interface SharedContext {
  readonly sender: RequestSender;
  readonly timers: Timers;
  readonly config: SipTimerConfig;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly reports: Reports;
  readonly legs: LegTable;
  readonly outgoing: OutgoingTable;
  /** What a peer at the end of that way is told about where we are. */
  readonly ownAddress: (way: Way) => OwnAddress;
  /** Whether there is no room for a further transaction. */
  readonly isFull: () => boolean;
}
