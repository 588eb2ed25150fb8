import type { ErrorCode } from '../errors/catalog.ts';
import { platformFindings, platformOf } from './platform-rules.ts';
import type { Platform, PlatformFinding, StreamPlan } from './platform-rules.ts';
import { adviceFor } from './target-advice.ts';

/** What is tried at a target, in this order. `secure` only with RTMPS. */
export const CHECK_STEPS = [
  'resolve',
  'connect',
  'secure',
  'handshake',
  'application',
  'stream',
  'publish',
  'media',
] as const;

/** One of them. */
export type CheckStep = (typeof CHECK_STEPS)[number];

/** What was found out by publishing for a second. */
export interface TargetAttempt {
  /** What went well, in order; milliseconds since the beginning. */
  readonly steps: readonly {
    readonly step: CheckStep;
    readonly ms: number;
    readonly detail: string;
  }[];
  /** What ended it, if it did not come to its end. `detail` holds no secret. */
  readonly failure: { readonly code: ErrorCode; readonly detail: string } | null;
  /** What the server says of Enhanced RTMP; null if nothing. */
  readonly enhancedRtmp: { readonly opus: boolean; readonly reconnectRequests: boolean } | null;
}

/** What is known of the target and of what is to be published there. */
export interface CheckedTarget {
  readonly host: string;
  readonly hasLogin: boolean;
  /** Default: by the name of the host. */
  readonly platform?: Platform;
  readonly plan: StreamPlan;
}

/** Why a target did not take the stream, and what to do about it. */
export interface CheckProblem {
  readonly step: CheckStep;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly advice: string;
}

/** The outcome of a check. */
export interface TargetCheck extends Pick<TargetAttempt, 'enhancedRtmp'> {
  /** The server took the stream, and nothing of it breaks a rule of the platform. */
  readonly ok: boolean;
  readonly platform: Platform;
  readonly steps: TargetAttempt['steps'];
  readonly problem: CheckProblem | null;
  readonly rules: readonly PlatformFinding[];
}

/** Judges an attempt, for people: what failed, what to do, and what the platform wants besides. */
export function judgeTarget(attempt: TargetAttempt, target: CheckedTarget): TargetCheck {
  const { plan, host } = target;
  const platform = target.platform ?? platformOf(host);
  const rules = platformFindings(platform, plan);
  const problem = problemOf(attempt, target, platform);
  return {
    ok: problem === null && rules.every(({ level }) => level !== 'breaks'),
    platform,
    steps: attempt.steps,
    problem,
    enhancedRtmp: attempt.enhancedRtmp,
    rules,
  };
}

function problemOf(
  { steps, failure }: TargetAttempt,
  { hasLogin, plan: { secure } }: CheckedTarget,
  platform: Platform,
): CheckProblem | null {
  if (failure === null) return null;
  const done = new Set(steps.map(({ step }) => step));
  const step =
    CHECK_STEPS.find((each) => !done.has(each) && (secure || each !== 'secure')) ?? 'media';
  const isResolved = done.has('resolve');
  const advice = adviceFor({ code: failure.code, secure, platform, isResolved, hasLogin });
  return { step, ...failure, advice };
}
