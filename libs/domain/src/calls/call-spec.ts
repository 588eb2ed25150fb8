import type { CustomHeaders } from '../legs/custom-headers.ts';
import type { TrunkId } from '../ids.ts';
import type { CallLimits } from './call-lifecycle.ts';

/** Audio codecs that a call can be offered with, by their SDP encoding names (RFC 3551 section 6). */
export type AudioCodec = 'PCMU' | 'PCMA' | 'G722' | 'L16' | 'opus' | 'speex';

/** What a call is to do: everything that was asked for, without its secrets. */
export interface CallSpec {
  /** `sip:` or `sips:` URI; with a trunk also a bare user, such as a number. */
  readonly to: string;
  /** The trunk that the call goes out through: its login and addresses are used as they are when the call is dialled. */
  readonly trunk?: { readonly id: TrunkId; readonly name: string };
  readonly from: {
    readonly user?: string;
    readonly displayName?: string;
    readonly domain?: string;
  };
  /** User of the digest challenge; the password is a secret of its own. */
  readonly auth?: { readonly username: string; readonly realms?: readonly string[] };
  readonly outboundProxy?: string;
  /** Where the address of `from` has to be registered before the call: the Request-URI of REGISTER. Default: nowhere. */
  readonly registrar?: string;
  readonly headers?: CustomHeaders;
  /**
   * What follows when an answered call is lost: its end, or silence on air while it is dialled again. Default: end.
   */
  readonly onCallLoss?: 'end' | 'hold';
  readonly media: {
    readonly direction: 'recvonly' | 'sendrecv';
    /** Whether what the far end sends before its answer is published. Default: ignore. */
    readonly earlyMedia?: 'ignore' | 'publish';
    /** Whether packets are encrypted, with keys from SDP. Default: off. */
    readonly srtp?: 'off' | 'preferred' | 'required';
    /** What follows when no packets come: the end of the call, or silence on air. Default: end. */
    readonly onTimeout?: 'end' | 'keep';
    readonly audio: {
      /** Offered in this order. */
      readonly codecs: readonly AudioCodec[];
      /** On air. Default: 1. */
      readonly channels?: 1 | 2;
      readonly sampleRate: 16000 | 32000 | 44100 | 48000;
      readonly bitrateKbps: number;
      /** What is to be heard. Default: speech. */
      readonly content?: 'speech' | 'music';
      /** Whether the stream is filled up to its rate. Default: no. */
      readonly constantRate?: boolean;
      /** Whether Opus goes untouched to the outputs whose servers take it. Default: no. */
      readonly passthrough?: boolean;
    };
  };
  readonly limits: {
    readonly ringSeconds: number;
    readonly maxSeconds: number;
    /** Without any packet from the answer on. */
    readonly mediaTimeoutSeconds: number;
    /** Without a packet after others have come. Default: 15. */
    readonly mediaGapSeconds?: number;
    /** Without a sound before silence is told of. Default: 10. */
    readonly silenceSeconds?: number;
    /** On air without a call, with `onCallLoss: 'hold'`. Default: 300. */
    readonly holdSeconds?: number;
  };
  /** WCS clients read these fields back as they were given. */
  readonly wcs?: {
    readonly callee: string;
    readonly hasAudio: boolean;
    readonly hasVideo: boolean;
    /** The name that its outputs are pushed by (WCS 5). */
    readonly toStream?: string;
  };
  /** The trace of the request that placed it, where requests are traced (W3C Trace Context). */
  readonly traceparent?: string;
  /** Whether it lives without an output: it was placed without one. Default: no. */
  readonly mayBeOffAir?: true;
}

/** The limits of a call in milliseconds. */
export const limitsOf = (spec: CallSpec): CallLimits => ({
  ringMs: spec.limits.ringSeconds * 1000,
  maxMs: spec.limits.maxSeconds * 1000,
});
