import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateCallInput } from '#contracts';
import { startBaresip } from '#testkit';
import type { Baresip } from '#testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { listen, toneShares } from './support/recording.ts';
import { Stage } from './support/stage.ts';

const SECURED = /^srtp\(AES_CM_128_HMAC_SHA1_80\) > rtp/;
const CALLS = [
  { user: 'sara', toneHz: 990, takes: 'required', srtp: 'required', path: SECURED },
  { user: 'pete', toneHz: 350, takes: 'preferred', srtp: 'preferred', path: SECURED },
  { user: 'paul', toneHz: 660, takes: undefined, srtp: 'preferred', path: /^rtp/ },
] as const;

describe('SRTP', () => {
  let stage: Stage;
  let baresip: Baresip;

  beforeAll(async () => {
    stage = await Stage.open({ settings: { CALLCAST_LOG_LEVEL: 'debug' } });
    baresip = await startBaresip({
      accounts: CALLS.map(({ user, toneHz, takes }) => ({
        user,
        toneHz,
        ...(takes === undefined ? {} : { srtp: takes }),
      })),
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

  const place = async (user: string, to: string, srtp: 'preferred' | 'required') => {
    const media: CreateCallInput['media'] = { srtp, direction: 'sendrecv' };
    const outputs = [{ url: stage.rtmpUrl, streamKey: `srtp-${user}` }];
    return await stage.place({ to, media, outputs });
  };

  /** How a call has gone that has been heard. */
  const run = async ({ user, srtp, toneHz }: (typeof CALLS)[number]) => {
    const { id } = await place(user, baresip.uri(user), srtp);
    await stage.untilLive(id);
    // Listens to the recording while it grows.
    await eventually(async () => {
      const samples = await listen(stage.recordingsOf(`srtp-${user}`)[0] ?? '');
      expect(toneShares(samples, toneHz).some((share) => share > 0.8)).toBe(true);
    });
    const { media } = await stage.call(id);
    await stage.hangUp(id);
    const { verdict } = await stage.untilEnded(id);
    return { user, path: media.path, code: verdict?.code };
  };

  it('is on air from a peer that takes nothing else, one that may, and one that cannot', async () => {
    const outcomes = await Promise.all(CALLS.map(run));

    expect(outcomes).toEqual(
      CALLS.map(({ user, path }) => ({
        user,
        path: expect.stringMatching(path) as string,
        code: 'CALL_HUNG_UP',
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

    const { id } = await place('plain', callee.uri(), 'required');
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
