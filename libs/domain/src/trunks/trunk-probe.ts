import type { Fault } from '../errors/fault.ts';
import type { DialRequest } from '../legs/dialer.ts';

/** Who is asked by OPTIONS. */
export interface ProbeRequest {
  /** Request-URI, `sip:`, without a user. */
  readonly uri: string;
  readonly from: DialRequest['from'];
  readonly outboundProxy?: string;
  /** Answers challenges. */
  readonly auth?: NonNullable<DialRequest['auth']>;
}

/** How one OPTIONS went, with everything that it took. */
export type ProbeOutcome =
  | {
      readonly kind: 'answered';
      /** Of the final response. */
      readonly status: number;
      readonly reason: string;
      /** From the last request to its response. */
      readonly roundTripMs: number;
      /** Whether a login was asked for, and shown. */
      readonly login: 'notAsked' | 'shown' | 'missing';
    }
  | { readonly kind: 'failed'; readonly fault: Fault };

/** Sends OPTIONS outside of calls. */
export interface Prober {
  /** Settles within 5 s and never rejects. */
  probe(request: ProbeRequest): Promise<ProbeOutcome>;
}
