/** The base values from which SIP derives its timers (RFC 3261 section 17, table 4). */
export interface SipTimerConfig {
  /** Estimate of a round trip, in milliseconds. Default: 500. */
  readonly t1Ms: number;
  /** Longest interval between retransmissions of anything but an INVITE, in milliseconds. Default: 4000. */
  readonly t2Ms: number;
  /** Longest time a message stays in the network, in milliseconds. Default: 5000. */
  readonly t4Ms: number;
}

/** The timer values of RFC 3261 section 17.1.1.1. */
export const DEFAULT_SIP_TIMERS: SipTimerConfig = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 };

/** 64*T1 in milliseconds: timers B, F, H, J, L and M, and D on an unreliable transport. */
export const giveUpMs = (config: SipTimerConfig): number => 64 * config.t1Ms;
