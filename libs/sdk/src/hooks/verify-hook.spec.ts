import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { verifyHook } from './verify-hook.ts';
import type { HookHeaders, HookProblem } from './verify-hook.ts';

const secretOf = (text: string): string => `whsec_${Buffer.from(text).toString('base64')}`;
const SECRET = secretOf('the first secret of 24 b');
const NEWER = secretOf('the second secret of 24b');
const AT = new Date('2026-03-01T12:00:00Z');
const EVENT = { id: 'evt_1', type: 'call.ended', data: { who: 'Zoë' } };
const BODY = JSON.stringify(EVENT);

/** Signed by another's hand: the reference library. */
const signed = (secrets: readonly string[], at = AT): Record<string, string> => ({
  'webhook-id': 'evt_1',
  'webhook-timestamp': String(at.getTime() / 1000),
  'webhook-signature': secrets.map((one) => new Webhook(one).sign('evt_1', at, BODY)).join(' '),
});

const late = (seconds: number): Date => new Date(AT.getTime() + seconds * 1000);

describe('a delivery is believed', () => {
  it.each<[string, HookHeaders, string | readonly string[]]>([
    ['with its secret', signed([SECRET]), SECRET],
    ['with one of two secrets', signed([SECRET]), [NEWER, SECRET]],
    ['with one of two signatures', signed([NEWER, SECRET]), SECRET],
    [
      'beside signatures of other kinds',
      {
        ...signed([SECRET]),
        'webhook-signature': `v1a,AAAA v2,x v1,! ${signed([SECRET])['webhook-signature'] ?? ''}`,
      },
      SECRET,
    ],
    ['with headers of fetch', new Headers(signed([SECRET])), SECRET],
    [
      'with headers in capitals',
      {
        'Webhook-Id': 'evt_1',
        'Webhook-Timestamp': [signed([])['webhook-timestamp'] ?? ''],
        'Webhook-Signature': signed([SECRET])['webhook-signature'],
      },
      SECRET,
    ],
  ])('%s', async (_, headers, secrets) => {
    expect(await verifyHook(BODY, headers, secrets, { now: AT })).toEqual(EVENT);
  });

  it('as bytes too, five minutes to either side', async () => {
    const bytes = new TextEncoder().encode(BODY);
    const check = (now: Date) => verifyHook(bytes, signed([SECRET]), SECRET, { now });

    expect(await check(late(300))).toEqual(EVENT);
    expect(await check(late(-300))).toEqual(EVENT);
  });
});

describe('a delivery is not believed', () => {
  const without = (name: string): HookHeaders => ({ ...signed([SECRET]), [name]: undefined });

  it.each<[HookProblem, string, HookHeaders, string | readonly string[], Date]>([
    ['signatureWrong', `${BODY} `, signed([SECRET]), SECRET, AT],
    ['signatureWrong', BODY, { ...signed([SECRET]), 'webhook-id': 'evt_2' }, SECRET, AT],
    [
      'signatureWrong',
      BODY,
      { ...signed([SECRET]), 'webhook-timestamp': String(AT.getTime() / 1000 + 1) },
      SECRET,
      AT,
    ],
    ['signatureWrong', BODY, signed([SECRET]), NEWER, AT],
    ['signatureWrong', BODY, signed([SECRET]), [], AT],
    ['signatureWrong', BODY, { ...signed([SECRET]), 'webhook-signature': 'v1,' }, SECRET, AT],
    ['tooOld', BODY, signed([SECRET]), SECRET, late(360)],
    ['tooNew', BODY, signed([SECRET]), SECRET, late(-360)],
    ['headerMissing', BODY, without('webhook-id'), SECRET, AT],
    ['headerMissing', BODY, without('webhook-timestamp'), SECRET, AT],
    ['headerMissing', BODY, without('webhook-signature'), SECRET, AT],
    ['timestampInvalid', BODY, { ...signed([SECRET]), 'webhook-timestamp': '1e9' }, SECRET, AT],
    ['secretInvalid', BODY, signed([SECRET]), 'a password', AT],
    ['secretInvalid', BODY, signed([SECRET]), 'whsec_', AT],
  ])('%s: %s %j %j %j', async (problem, body, headers, secrets, now) => {
    await expect(verifyHook(body, headers, secrets, { now })).rejects.toMatchObject({
      name: 'HookError',
      problem,
    });
  });
});
