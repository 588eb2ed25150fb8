import { aLawToLinear, linearToALaw } from './a-law.ts';
import { linearToMuLaw, muLawToLinear } from './mu-law.ts';

/**
 * One of the two companding laws of G.711: a byte per sample, 8000 samples per second, no state.
 *
 * @see ITU-T G.711; RFC 3551 section 4.5.14 (PCMA and PCMU in RTP)
 */
export interface G711Law {
  /** The encoding name in SDP. */
  readonly name: 'PCMU' | 'PCMA';
  /** The static RTP payload type (RFC 3551 table 4). */
  readonly payloadType: 0 | 8;
  /** The code word of the smallest positive sample: digital silence. */
  readonly silence: number;
  /** The linear samples of the 256 code words. */
  readonly samples: Int16Array;
  /** Turns code words into 16-bit samples, one to one; `out` takes at least as many. */
  decode(codes: Uint8Array, out: Int16Array): void;
  /** Turns 16-bit samples into code words, one to one; `out` takes at least as many. */
  encode(samples: Int16Array, out: Uint8Array): void;
}

interface LawRules {
  readonly name: 'PCMU' | 'PCMA';
  readonly payloadType: 0 | 8;
  readonly silence: number;
  readonly toLinear: (code: number) => number;
  readonly toCode: (sample: number) => number;
}

function createLaw({ name, payloadType, silence, toLinear, toCode }: LawRules): G711Law {
  const samples = Int16Array.from({ length: 256 }, (_, code) => toLinear(code));
  return {
    name,
    payloadType,
    silence,
    samples,
    decode(codes, out) {
      for (let i = 0; i < codes.length; i++) out[i] = samples[codes[i] ?? silence] ?? 0;
    },
    encode(linear, out) {
      for (let i = 0; i < linear.length; i++) out[i] = toCode(linear[i] ?? 0);
    },
  };
}

/** mu-law, North America and Japan. */
export const PCMU: G711Law = createLaw({
  name: 'PCMU',
  payloadType: 0,
  silence: 0xff,
  toLinear: muLawToLinear,
  toCode: linearToMuLaw,
});

/** A-law, the rest of the world. */
export const PCMA: G711Law = createLaw({
  name: 'PCMA',
  payloadType: 8,
  silence: 0xd5,
  toLinear: aLawToLinear,
  toCode: linearToALaw,
});
