import { checkTarget } from '#adapters/rtmp-tcp';
import { judgeTarget } from '#domain';
import { systemClock, systemRandom, systemTimers } from '#foundation';
import { RtmpUrlError, parseRtmpUrl } from '#protocol/rtmp';
import type { RtmpTarget } from '#protocol/rtmp';
import { UsageError } from '../arguments.ts';
import type { DoctorArguments } from '../arguments.ts';
import { readDoctorTrust } from '../config.ts';
import { askSecrets } from './ask-secrets.ts';
import { formatCheck } from './check-report.ts';

/** Looks whether a target takes a stream, from this machine. @returns The exit code: 0 if it can go on air. */
export async function runDoctor(args: DoctorArguments): Promise<number> {
  const trust = readDoctorTrust();
  const target = await targetOf(args);
  const attempt = await checkTarget({
    target,
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    ...(trust === undefined ? {} : { trust }),
  });
  const check = judgeTarget(attempt, {
    host: target.host,
    hasLogin: target.credentials !== undefined,
    ...(args.platform === undefined ? {} : { platform: args.platform }),
    plan: {
      secure: target.secure,
      audio: { codec: 'aac', sampleRate: 44_100, channels: 1, bitrateKbps: 64 },
    },
  });
  console.log(formatCheck(args.url, check));
  return check.ok ? 0 : 1;
}

/** @throws UsageError when URL or key are none. */
async function targetOf({ url, username }: DoctorArguments): Promise<RtmpTarget> {
  const questions = ['Stream key', ...(username === undefined ? [] : [`Password of ${username}`])];
  const [key, password] = await askSecrets(questions);
  try {
    const target = parseRtmpUrl(url, key?.reveal() ?? '');
    if (username === undefined || password === undefined) return target;
    return { ...target, credentials: { user: username, password } };
  } catch (error) {
    if (!(error instanceof RtmpUrlError)) throw error;
    throw new UsageError(`${url} ${error.message}`);
  }
}
