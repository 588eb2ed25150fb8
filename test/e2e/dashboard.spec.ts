import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Operator } from './support/operator.ts';
import { answer, confirmKey, untilBye } from './support/session-script.ts';
import { Stage } from './support/stage.ts';

const NO_FAULTS = { axe: [], tooWide: 0 };
/** Longer than anything on the page takes. */
const LONG = { timeout: 20_000 };

/** Runs in the page. */
const MEDIA_TIME = `document.querySelector('audio').currentTime`;

let stage: Stage;
let operator: Operator;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(async () => {
  await stage.close();
});
afterEach(async () => {
  await operator.close();
});

describe('an operator at the dashboard', () => {
  it('sees a call come on air, hears it, adds an output, presses keys, hangs up and reads how it went', async () => {
    const steps = [
      answer({ version: 1, port: 40_000, codec: 'PCMU' }),
      `<nop><action><exec rtp_stream="${await stage.tone(400, 60)},1,0"/></action></nop>\n`,
      ...[confirmKey('5'), '<Reference variables="key"/>\n', untilBye],
    ].join('');
    const callee = await stage.callee({ behaviour: { type: 'script', steps } });
    operator = await Operator.open(stage.runtime.apiUrl);
    const { page } = operator;
    await operator.signIn(stage.runtime.apiKey);
    await page.getByText('No calls yet').waitFor();

    await page.getByRole('link', { name: 'New call' }).first().click();
    await page.getByLabel('SIP address').fill(callee.uri());
    await page.getByLabel('Your name for the call').fill('evening-show');
    await page.getByLabel('Stream key').fill('dash-1');
    expect(await operator.look('new-call')).toEqual(NO_FAULTS);
    await page.getByRole('textbox', { name: 'Address', exact: false }).last().fill(stage.rtmpUrl);
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByText('The server takes the stream').waitFor(LONG);
    await page.getByRole('button', { name: 'Place the call' }).click();
    await page.getByRole('heading', { name: callee.uri() }).waitFor(LONG);
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    await page.getByRole('link', { name: 'Bridges' }).click();
    const row = page.getByRole('row').filter({ hasText: 'evening-show' });
    await row.getByText('Live').waitFor(LONG);
    expect(await operator.look('bridges')).toEqual(NO_FAULTS);
    await row.getByRole('link').click();

    await page.getByRole('button', { name: 'Play' }).click();
    await page.getByText('You hear what is on air.').waitFor(LONG);
    await expect.poll(() => page.evaluate<number>(MEDIA_TIME), LONG).toBeGreaterThan(1);
    const loudness = page.getByRole('meter', { name: 'Loudness' });
    const heard = async () => Number(await loudness.getAttribute('aria-valuenow'));
    await expect.poll(heard, LONG).toBeGreaterThan(-40);
    expect(await operator.look('call')).toEqual(NO_FAULTS);

    await page.getByRole('button', { name: 'Add output' }).click();
    await page.getByLabel('Address').fill(stage.rtmpUrl);
    await page.getByLabel('Stream key').fill('dash-2');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await stage.until(
      id,
      ({ outputs }) => outputs.filter(({ state }) => state === 'publishing').length === 2,
    );

    await page.getByRole('button', { name: 'Key 5' }).click();
    await page.getByText('5: sent').waitFor(LONG);

    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('Hung up by command').first().waitFor(LONG);
    await stage.untilEnded(id);
    expect(stage.recordingsOf('dash-2')).toHaveLength(1);
    expect(callee.errors()).toBe('');
    expect(callee.messages().match(/^INFO sip:/gm)).toHaveLength(1);
    expect(operator.complaints).toEqual([]);
  });

  it('who may only read sees no button that acts', async () => {
    const callee = await stage.callee({ media: { path: await stage.tone(400, 60) } });
    const { id } = await stage.place({
      ...{ to: callee.uri(), outputs: [{ url: stage.rtmpUrl, streamKey: 'dash-3' }] },
    });
    await stage.untilLive(id);
    const { body } = await stage.request<{ key: string }>('POST', '/v1/keys', {
      ...{ name: 'reader', scope: 'read' },
    });
    operator = await Operator.open(stage.runtime.apiUrl);
    const { page } = operator;
    await operator.signIn(body.key);

    const row = page.getByRole('row').filter({ hasText: id });
    await row.waitFor(LONG);
    expect(await page.getByRole('checkbox').count()).toBe(0);
    expect(await page.getByText('New call').count()).toBe(0);
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: callee.uri() }).waitFor(LONG);

    for (const name of ['Hang up', 'Mute', 'Hold', 'Add output', 'Key 5']) {
      expect(await page.getByRole('button', { name }).count(), name).toBe(0);
    }
    await stage.hangUp(id);
    await stage.untilEnded(id);
  });
});
