import type { Fault } from '../errors/fault.ts';
import type { DialRequest } from './dialer.ts';

/** What is to be registered where, and as whom. */
export interface SipAccount {
  /** User and host of the address-of-record. */
  readonly user: string;
  readonly domain: string;
  /** Request-URI of REGISTER, `sip:` or `sips:` without a user (RFC 3261 section 10.2). */
  readonly registrar: string;
  /** Next hop, `sip:` URI. */
  readonly outboundProxy?: string;
  readonly auth: NonNullable<DialRequest['auth']>;
}

/** How one REGISTER went, with everything that it took. */
export type RegisterOutcome =
  | {
      readonly kind: 'registered';
      /** What the registrar has granted, from when the request was sent; more than 0. */
      readonly expiresSeconds: number;
      /** Our Contact as the registrar keeps it; null when it does not say. */
      readonly contact: string | null;
    }
  | {
      readonly kind: 'failed';
      readonly fault: Fault;
      /** Of the final response; null when there was none. */
      readonly status: number | null;
      /** What a 423 asks for (RFC 3261 section 20.23); null for nothing usable. */
      readonly minExpiresSeconds: number | null;
      /** Retry-After of the response, 0 for none. */
      readonly retryAfterSeconds: number;
    };

/** One Contact of ours at one registrar: one Call-ID, a CSeq that grows, one login. */
export interface Binding {
  /** Makes or refreshes the binding. Settles within 10 s and never rejects; one at a time. */
  register(expiresSeconds: number): Promise<RegisterOutcome>;
  /**
   * Takes a Contact off, by default this binding's own; settles within 2 s and never rejects.
   * @param contact One that a node before us has left, as a SIP URI.
   */
  remove(contact?: string): Promise<void>;
}

/** Sends REGISTER. */
export interface Registrar {
  /** Whether anything can be sent now. */
  readonly isConnected: boolean;
  /** `hear` runs each time that something can be sent again. */
  onConnected(hear: () => void): void;
  /** @param contactUser User part of the Contact: 1 to 64 letters and digits that nobody else uses. */
  bind(account: SipAccount, contactUser: string): Binding;
}
