/** One POST to an endpoint. */
export interface HookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent byte by byte as it is. */
  readonly body: Uint8Array;
  /** For all of it: look-up, connection, TLS, and the answer to its end. */
  readonly timeoutMs: number;
}

/** What an endpoint has answered, whatever its status. */
export interface HookAnswer {
  readonly kind: 'answered';
  readonly status: number;
  /** By names in lower case; several of one name in one text, with commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** 64 KiB at most. */
  readonly body: Uint8Array;
  /** Whether there was more of it. */
  readonly isCut: boolean;
  readonly durationMs: number;
}

/**
 * Why there is no answer.
 * - `refused`: the URL, or an address that its host leads to, must not be called. Nothing was sent anywhere.
 * - `unreachable`: the host is unknown, or takes no connection.
 * - `tls`: no encryption that can be trusted.
 * - `timeout`: the answer had not ended in time.
 * - `broken`: the answer was cut, or is no HTTP.
 */
export type HookFailureReason = 'refused' | 'unreachable' | 'tls' | 'timeout' | 'broken';

/** A POST without an answer. */
export interface HookFailure {
  readonly kind: 'failed';
  readonly reason: HookFailureReason;
  /** For people; nothing of the request or of the answer is in it. */
  readonly detail: string;
  readonly durationMs: number;
}

/** Posts to endpoints that tenants name. Redirects are answers like any other: they are never followed. */
export interface HookPoster {
  /** Never rejects. */
  post(request: HookRequest): Promise<HookAnswer | HookFailure>;
}
