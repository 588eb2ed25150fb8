import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBaresip } from '#testkit';
import type { Baresip } from '#testkit';
import { eventually } from '../support/eventually.ts';
import { CallcastProcess } from '../support/callcast-process.ts';
import { answer, confirmKey, untilBye } from './support/session-script.ts';
import { Stage } from './support/stage.ts';

/** All that baresip is to hear. */
const KEYS = '1234#55*0D';

describe('keys', () => {
  let stage: Stage;
  let baresip: Baresip;

  beforeAll(async () => {
    [stage, baresip] = await Promise.all([
      Stage.open(),
      startBaresip({
        accounts: ['listener', 'partner', 'caller'].map((user) => ({ user, toneHz: 440 })),
        takesRtcpMux: true,
      }),
    ]);
  });

  afterAll(async () => {
    await baresip.stop();
    await stage.close();
  });

  /** As baresip says that they came. */
  const heard = (user: string) =>
    baresip
      .all('CALL_DTMF_START', user)
      .map(({ detail }) => detail)
      .join('');

  /** Of the only call, as the figures of each second tell it once it is known. */
  async function firstRoundTrip(): Promise<number> {
    const { apiUrl, apiKey } = stage.runtime;
    const headers = { authorization: `Bearer ${apiKey}` };
    const { body } = await fetch(`${apiUrl}/v1/events?stats=true`, { headers });
    let text = '';
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const known = /"roundTripMs":([\d.]+)/.exec(text)?.[1];
      if (known !== undefined) return Number(known);
    }
    throw new Error('the stream of events has ended');
  }

  it.each([
    // Where nothing follows, the jitter buffer of baresip keeps the end of the last key.
    { user: 'listener', direction: 'recvonly', ends: KEYS.length - 1 },
    { user: 'partner', direction: 'sendrecv', ends: KEYS.length },
  ] as const)(
    'are heard by baresip, each once, in a $direction call: the PIN after the answer, then those by command',
    async ({ user, direction, ends }) => {
      const { id } = await stage.place({
        to: baresip.uri(user),
        dtmf: 'w1234#',
        media: { direction },
        outputs: [{ url: stage.rtmpUrl, streamKey: user }],
      });
      await stage.until(id, ({ state }) => state === 'up');
      const press = (digits: string) => stage.request('POST', `/v1/calls/${id}/dtmf`, { digits });
      const answers = [await press('55'), await press('*0D')];
      await stage.untilEvents(id, 'dtmf.sent', 3);
      await eventually(() => {
        expect(baresip.all('CALL_DTMF_END', user).length).toBeGreaterThanOrEqual(ends);
        return Promise.resolve();
      });

      await stage.hangUp(id);
      await stage.untilEnded(id);

      expect(heard(user)).toBe(KEYS);
      for (const { status } of answers) expect([200, 202]).toContain(status);
      expect(JSON.stringify(await stage.events(id))).not.toContain('1234');
    },
  );

  it('share their port with reports, from which baresip and we know the round trip', async () => {
    const { id } = await stage.place({
      to: baresip.uri('partner'),
      media: { direction: 'sendrecv' },
      outputs: [{ url: stage.rtmpUrl, streamKey: 'reports' }],
    });
    await stage.until(id, ({ state }) => state === 'up');

    const roundTripMs = await firstRoundTrip();
    await stage.hangUp(id);
    await stage.untilEnded(id);

    expect(roundTripMs).toBeLessThan(1_000);
    // Our offer and its answer.
    expect(baresip.log().match(/^a=rtcp-mux/gm)?.length).toBeGreaterThanOrEqual(2);
  });

  it('are pressed with the command line, which has placed the call and ends it', async () => {
    const { apiUrl, apiKey } = stage.runtime;
    const settings = { CALLCAST_URL: apiUrl, CALLCAST_API_KEY: apiKey };
    const callcast = (...args: string[]) => new CallcastProcess(args, { settings, input: '7#\n' });
    const calling = new CallcastProcess(
      ['call', baresip.uri('caller'), '--output', stage.rtmpUrl, '--call-id', 'by-hand'],
      { settings, input: 'by-hand\n' },
    );
    await calling.until('output.publishing');
    const id = /^call_\w+/.exec(calling.output)?.[0] ?? '';

    const pressing = callcast('dtmf', id);
    await pressing.exit;
    const listing = callcast('list', '--state', 'up', '--json');
    await listing.exit;
    await stage.untilEvents(id, 'dtmf.sent', 1);
    const ending = callcast('hangup', id);

    expect(await Promise.all([pressing, ending, calling].map(({ exit }) => exit))).toEqual([
      0, 0, 0,
    ]);
    expect(heard('caller')).toMatch(/^7#?$/);
    expect(JSON.parse(listing.output)).toMatchObject({ id, callId: 'by-hand', broadcast: 'live' });
    expect(calling.output).toContain('completed: CALL_HUNG_UP');
    expect(calling.errors + pressing.errors + ending.errors).toBe('');
    expect(stage.recordingsOf('by-hand')).toHaveLength(1);
  });

  it('go by INFO to a callee without telephone events, each confirmed', async () => {
    const sender = { version: 1, port: 40_000, codec: 'PCMU' } as const;
    const steps = [
      answer(sender),
      ...['7', '[*]', '8'].map(confirmKey),
      '<Reference variables="key"/>\n',
      untilBye,
    ].join('');
    const callee = await stage.callee({ behaviour: { type: 'script', steps } });
    const { id } = await stage.place({
      to: callee.uri(),
      dtmf: '7',
      outputs: [{ url: stage.rtmpUrl, streamKey: 'info' }],
    });
    await stage.until(id, ({ state }) => state === 'up');

    const { status } = await stage.request('POST', `/v1/calls/${id}/dtmf`, { digits: '*8' });
    await stage.hangUp(id);
    await stage.untilEnded(id);

    expect(status).toBe(200);
    expect(callee.errors()).toBe('');
    expect(callee.messages().match(/^INFO sip:/gm)).toHaveLength(3);
  });
});
