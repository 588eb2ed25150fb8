/** A request that says by a key that it is the same at every attempt. */
export interface KeyedRequest {
  readonly appKey: string;
  /** The Idempotency-Key, without its quotes. */
  readonly key: string;
  /** What must be the same at every attempt: method, path and body. May hold secrets; only a keyed hash of it is kept. */
  readonly content: string;
}

/** The right to work on the request of a key, held by one attempt. */
export interface KeyClaim {
  /** Of the key; the same at every attempt. */
  readonly id: string;
  readonly appKey: string;
  /** Of this attempt. */
  readonly token: string;
  /** When the first attempt came. */
  readonly createdAt: Date;
}

/** What was answered to the request of a key. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a key means for a request. */
export type KeyOutcome =
  | { readonly kind: 'claimed'; readonly claim: KeyClaim }
  | { readonly kind: 'answered'; readonly answer: KeptAnswer }
  /** Another attempt works on it. */
  | { readonly kind: 'inFlight' }
  /** The key was used for another request. */
  | { readonly kind: 'otherRequest' };

/**
 * Remembers for 24 h what was answered to which key of an app. A claim lasts 10 s unless it is renewed, so that a key
 * whose API has died is free again.
 */
export interface IdempotencyBook {
  /** Takes the claim, or tells why not. @throws Fault STORE_UNAVAILABLE. */
  begin(request: KeyedRequest): Promise<KeyOutcome>;
  /** Keeps claims alive. */
  renew(claims: readonly KeyClaim[]): Promise<void>;
  /** Keeps the answer, if the claim still holds. */
  keep(claim: KeyClaim, answer: KeptAnswer): Promise<void>;
  /** Lets the next attempt in; it must be the same request. */
  free(claim: KeyClaim): Promise<void>;
  /** Nothing has happened: the key may be used for another request. */
  forget(claim: KeyClaim): Promise<void>;
  /** Removes keys that are older than 24 h. @returns How many. */
  sweep(limit: number): Promise<number>;
}
