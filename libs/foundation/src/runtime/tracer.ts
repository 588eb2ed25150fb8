/** What a part of a trace may be told of: identifiers, words and counts; never a secret. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

/** How a part of a trace begins. */
export interface SpanStart {
  readonly kind: 'server' | 'client' | 'producer' | 'consumer' | 'internal';
  /** What it belongs to, a `traceparent` of W3C Trace Context; undefined begins a trace. */
  readonly parent: string | undefined;
  readonly facts?: SpanFacts;
  /** Milliseconds since the Unix epoch. Default: now. */
  readonly atMs?: number;
}

/** How a part of a trace ends. */
export interface SpanEnd {
  readonly facts?: SpanFacts;
  /** Why it has failed, a code or a few words. Default: it has not. */
  readonly failure?: string;
  /** Milliseconds since the Unix epoch. Default: now. */
  readonly atMs?: number;
}

/** A part of a trace: some work with a beginning and an end. */
export interface Span {
  /** For whoever goes on with the work elsewhere. */
  readonly traceparent: string;
  /** Once; later ends are not heard. */
  end(end?: SpanEnd): void;
}

/** Where traces are told. Parts that are given none tell nothing, and spend nothing on it. */
export interface Tracer {
  begin(name: string, start: SpanStart): Span;
}

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Whether a text is a `traceparent` of version 00 (W3C Trace Context section 3.2). */
export const isTraceparent = (text: unknown): text is string =>
  typeof text === 'string' && TRACEPARENT.test(text);
