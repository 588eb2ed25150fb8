import { micros } from '#foundation';
import type { Micros, Timer } from '#foundation';
import type { CheckStep, TargetAttempt } from '#domain';
import { SILENT_FRAMES, buildAudioSpecificConfig } from '#protocol/aac';
import { aacFrameTag, aacSequenceHeaderTag } from '#protocol/flv';
import type { ServerAbilities } from '#protocol/rtmp';
import type { PublishOptions, PublishSession, PublishStep } from './publish-contract.ts';
import { openPublishSession } from './publish-session.ts';
import { RtmpFailure } from './rtmp-failure.ts';

/** What is checked, and how: as a publish without media of its own. */
type CheckTargetOptions = Omit<PublishOptions, 'metadata' | 'headers' | 'fence' | 'onStep'> & {
  /** Hz, of the silence that is published. Default: 44 100. */
  readonly sampleRate?: 16_000 | 32_000 | 44_100 | 48_000;
};

const STEPS: Readonly<Partial<Record<PublishStep, CheckStep>>> = {
  resolved: 'resolve',
  connected: 'connect',
  secured: 'secure',
  handshake: 'handshake',
  connect: 'application',
  createStream: 'stream',
  publish: 'publish',
};
const SAMPLES_PER_FRAME = 1024;
const PUBLISH_MS = 1_000;
const BEAT_MS = 100;
/** A silent stream of next to no rate. */
const ESTIMATED_KBPS = 2;

/**
 * Publishes a second of silence and leaves: says how far it came, and why no further. Never rejects.
 * Takes as long as the session's timeouts allow, and the second.
 */
export async function checkTarget(options: CheckTargetOptions): Promise<TargetAttempt> {
  const { clock, sampleRate = 44_100 } = options;
  const begun = clock.nowMicros();
  const steps = new StepList((now) => (now - begun) / 1000);
  const session = openPublishSession({
    ...options,
    metadata: {
      audiocodecid: 10,
      audiosamplerate: sampleRate,
      audiodatarate: ESTIMATED_KBPS,
      stereo: false,
    },
    headers: [
      aacSequenceHeaderTag(
        buildAudioSpecificConfig({ sampleRateHz: sampleRate, channelConfiguration: 1 }),
        0,
      ),
    ],
    onStep: (step, detail) => {
      const name = STEPS[step];
      if (name !== undefined) steps.add(name, clock.nowMicros(), detail);
    },
  });
  const abilities = await session.ready.catch(() => undefined);
  const end = abilities === undefined ? await session.ended : await playSilence(session, options);
  if (!(end instanceof RtmpFailure)) steps.add('media', clock.nowMicros());
  return {
    steps: steps.items,
    failure: end instanceof RtmpFailure ? { code: end.code, detail: end.detail } : null,
    enhancedRtmp: enhancedRtmpOf(abilities),
  };
}

/** The steps that went well, each once: a login takes several connections. */
class StepList {
  readonly items: TargetAttempt['steps'][number][] = [];

  constructor(private readonly msOf: (now: Micros) => number) {}

  add(step: CheckStep, now: Micros, detail = ''): void {
    if (this.items.some((item) => item.step === step)) return;
    this.items.push({ step, ms: Math.round(this.msOf(micros(now)) * 10) / 10, detail });
  }
}

/** Publishes its second, then leaves politely; resolves with how the session ended. */
async function playSilence(
  session: PublishSession,
  { timers, sampleRate = 44_100 }: CheckTargetOptions,
): Promise<RtmpFailure | 'closed'> {
  let sentFrames = 0;
  let playedMs = 0;
  const write = (): void => {
    while ((sentFrames * SAMPLES_PER_FRAME * 1000) / sampleRate <= playedMs) {
      const timestampMs = Math.round((sentFrames * SAMPLES_PER_FRAME * 1000) / sampleRate);
      session.write(aacFrameTag(SILENT_FRAMES[1], timestampMs));
      sentFrames += 1;
    }
  };
  let beat: Timer | undefined;
  const played = new Promise<void>((resolve) => {
    write();
    beat = timers.every(BEAT_MS, () => {
      playedMs += BEAT_MS;
      write();
      if (playedMs >= PUBLISH_MS) resolve();
    });
  });
  await Promise.race([played, session.ended]);
  beat?.cancel();
  await session.close();
  return await session.ended;
}

const CAN_DECODE_OR_FORWARD = 0b101;
const CAPS_RECONNECT = 1;

function enhancedRtmpOf(abilities: ServerAbilities | undefined): TargetAttempt['enhancedRtmp'] {
  if (abilities === undefined) return null;
  const { audioFourCcs, videoFourCcs, capsEx } = abilities;
  if (audioFourCcs.size === 0 && videoFourCcs.size === 0 && capsEx === 0) return null;
  const mask = audioFourCcs.get('Opus') ?? audioFourCcs.get('*') ?? 0;
  return {
    opus: (mask & CAN_DECODE_OR_FORWARD) !== 0,
    reconnectRequests: (capsEx & CAPS_RECONNECT) !== 0,
  };
}
