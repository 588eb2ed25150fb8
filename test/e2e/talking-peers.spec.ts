import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateCallInput } from '#contracts';
import { startBaresip } from '#testkit';
import type { Baresip, BaresipAccount } from '#testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge, toneShares, untilHeard } from './support/recording.ts';
import { Stage } from './support/stage.ts';

const SECURED = /^srtp\(AES_CM_128_HMAC_SHA1_80\) > rtp.* decode\(0:pcmu/;
/** Each peer takes one codec and no other. */
const CALLS: readonly TalkingCall[] = [
  { user: 'sara', toneHz: 990, takes: 'required', srtp: 'required', path: SECURED },
  { user: 'pete', toneHz: 350, takes: 'preferred', srtp: 'preferred', path: SECURED },
  { user: 'paul', toneHz: 660, srtp: 'preferred', path: /^rtp .* decode\(0:pcmu/ },
  { user: 'alan', toneHz: 515, codec: 'PCMA', path: /^rtp .* decode\(8:pcma/ },
  { user: 'greta', toneHz: 805, codec: 'G722', path: /^rtp .* decode\(.*9:g722/ },
  { user: 'olga', toneHz: 1115, codec: 'opus', path: /^rtp .* decode\(.*111:opus/ },
];
/** A second of the tone and nothing else, in windows of 200 ms. */
const CONTINUOUS = /T{5}/;
/** Of 1024 samples at 44.1 kHz, in whole milliseconds. */
const GAP_MS = 24;

interface TalkingCall {
  readonly user: string;
  readonly toneHz: number;
  /** What the peer speaks. Default: PCMU. */
  readonly codec?: BaresipAccount['codec'];
  /** The SRTP of the peer. Default: none. */
  readonly takes?: 'preferred' | 'required';
  /** The SRTP of the call. Default: off. */
  readonly srtp?: 'preferred' | 'required';
  /** How the path of the call describes itself. */
  readonly path: RegExp;
}

describe('baresip as a peer that talks', () => {
  let stage: Stage;
  let baresip: Baresip;

  beforeAll(async () => {
    stage = await Stage.open({ settings: { CALLCAST_LOG_LEVEL: 'debug' } });
    baresip = await startBaresip({
      accounts: CALLS.map(({ user, toneHz, codec = 'PCMU', takes }) => ({
        user,
        toneHz,
        codec,
        ...(takes === undefined ? {} : { srtp: takes }),
      })),
      maxCalls: CALLS.length,
    });
  });

  afterAll(async () => {
    await baresip.stop();
    await stage.close();
  });

  const logs = (): string => {
    const folder = join(stage.folder, 'logs');
    const files = readdirSync(folder).map((name) => join(folder, name));
    return files.map((file) => readFileSync(file, 'utf8')).join('');
  };

  const place = async (user: string, to: string, { codec, srtp }: Partial<TalkingCall>) => {
    const media: CreateCallInput['media'] = {
      direction: 'sendrecv',
      ...(srtp === undefined ? {} : { srtp }),
      ...(codec === undefined ? {} : { audio: { codecs: ['PCMU', 'PCMA', 'G722', 'opus'] } }),
    };
    return await stage.place({ to, media, outputs: [{ url: stage.rtmpUrl, streamKey: user }] });
  };

  const windowsOf = (samples: Int16Array, toneHz: number): string =>
    toneShares(samples, toneHz)
      .map((share) => (share > 0.9 ? 'T' : '-'))
      .join('');

  /** How a call has gone whose tone has been heard for a while without a hole. */
  const run = async (call: TalkingCall) => {
    const { user, toneHz } = call;
    const { id } = await place(user, baresip.uri(user), call);
    await stage.untilLive(id);
    const recording = (): string => stage.recordingsOf(user)[0] ?? '';
    await untilHeard(recording, (samples) => CONTINUOUS.test(windowsOf(samples, toneHz)));
    const { media } = await stage.call(id);
    const { audio } = await stage.stats(id);
    await stage.hangUp(id);
    const { verdict } = await stage.untilEnded(id);
    const { largestGapMs, complaints } = await judge(recording());
    return {
      user,
      codec: audio.codec,
      path: media.path,
      code: verdict?.code,
      largestGapMs,
      complaints,
    };
  };

  it('is on air with the pitch it speaks in: each codec, and SRTP as required, preferred and not to be had', async () => {
    const outcomes = await Promise.all(CALLS.map(run));

    expect(outcomes).toEqual(
      CALLS.map(({ user, codec = 'PCMU', path }) => ({
        user,
        codec,
        path: expect.stringMatching(path) as string,
        code: 'CALL_HUNG_UP',
        largestGapMs: expect.closeTo(GAP_MS, 0) as number,
        complaints: '',
      })),
    );
    // The INVITEs are in the log of the peer, so that there were keys to be found.
    expect(baresip.log()).toContain('inline:');
    expect(logs()).toContain('call.srtp_keys_readable');
    expect(logs()).not.toContain('inline:');
    // baresip says goodbye in plain RTCP when it has taken its keys away: one packet, if it comes in time.
    expect(logs()).not.toMatch(
      / (?:malformed|replayed|tooOld)=[1-9]| unauthenticated=(?:[2-9]|1\d)/,
    );
  });

  it('ends the call with ACK and BYE when it is required and the callee answers in plain', async () => {
    const callee = await stage.callee();

    const { id } = await place('plain', callee.uri(), { srtp: 'required' });
    const { verdict } = await stage.untilEnded(id);

    expect(verdict).toMatchObject({
      result: 'failed',
      code: 'SDP_NOT_SECURE',
      detail: 'SRTP is required, and audio is over RTP/AVP',
    });
    expect(callee.messages()).toMatch(/^m=audio \d+ RTP\/SAVP 0 8 101/m);
    expect(callee.messages()).toContain('ACK sip:');
    expect(callee.messages()).toContain('BYE sip:');
    expect(callee.errors()).toBe('');
  });
});
