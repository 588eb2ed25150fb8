import type { CallView } from '#contracts';
import { answeredToFirstMediaMs, onAirSec } from './demo-call.ts';
import type { EndedCall } from './demo-call.ts';
import type { StreamFigures } from './stream-figures.ts';

/** What the demo says of one call; `problems` is empty when all is well. */
export interface CallReport {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly call: Pick<CallView, 'id' | 'callId' | 'to' | 'state' | 'verdict'>;
  readonly stream: StreamFigures & {
    readonly expectedToneHz: number;
    readonly onAirSec: number;
  };
  readonly setup: { readonly answeredToFirstMediaMs: number };
}

const TONE_TOLERANCE_HZ = 3;
const LEAST_TONE_SHARE = 0.8;
const DURATION_TOLERANCE = 0.02;
/** The history tells when a change was stored; on a busy machine that is later than it was. */
const DURATION_SLACK_SEC = 0.5;

/** Compares what was found with what must be. */
export function judge(ended: EndedCall, figures: StreamFigures): CallReport {
  const { id, callId, to, state, verdict } = ended.call;
  const stream = { ...figures, expectedToneHz: ended.toneHz, onAirSec: onAirSec(ended) };
  const setupMs = answeredToFirstMediaMs(ended);
  const problems = [
    ...streamProblems(stream),
    ...(verdict?.result === 'completed' ? [] : [`the call ended as ${verdict?.code ?? 'unknown'}`]),
    ...(setupMs >= 0 ? [] : ['the history has no answer before the first media']),
  ];
  return {
    ok: problems.length === 0,
    problems,
    call: { id, callId, to, state, verdict },
    stream,
    setup: { answeredToFirstMediaMs: setupMs },
  };
}

function streamProblems(stream: CallReport['stream']): string[] {
  const offSec = Math.abs(stream.durationSec - stream.onAirSec);
  const rows: readonly (readonly [isRight: boolean, problem: string])[] = [
    [
      stream.codec === 'aac' && stream.profile === 'LC',
      `not AAC-LC: ${stream.codec} ${stream.profile}`,
    ],
    [stream.sampleRate === 44_100, `not at 44100 Hz: ${stream.sampleRate}`],
    [stream.channels === 1, `not mono: ${stream.channels} channels`],
    [
      Math.abs(stream.toneHz - stream.expectedToneHz) <= TONE_TOLERANCE_HZ,
      `${stream.toneHz} Hz heard, ${stream.expectedToneHz} Hz sent`,
    ],
    [stream.toneShare >= LEAST_TONE_SHARE, `the tone is only ${stream.toneShare} of the sound`],
    [stream.gaps === 0, `${stream.gaps} gaps`],
    [stream.backwards === 0, `time goes back ${stream.backwards} times`],
    [
      offSec <= stream.onAirSec * DURATION_TOLERANCE + DURATION_SLACK_SEC,
      `${stream.durationSec} s recorded, ${stream.onAirSec} s on air`,
    ],
  ];
  return rows.filter(([isRight]) => !isRight).map(([, problem]) => problem);
}
