import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { isHookSecret } from '#domain';
import { Secret } from '#foundation';
import { SeededRandom } from '#testkit';
import { newHookSecret, signHook } from './sign-hook.ts';

const MINUTE_MS = 60_000;
const BODY = '{"type":"call.ended","data":{"name":"Zoë"}}';
const body = new TextEncoder().encode(BODY);
const old = newHookSecret(new SeededRandom(1));
const fresh = newHookSecret(new SeededRandom(2));

/** The judge is the reference library of Standard Webhooks, with the clock of this machine. */
const verify = (secret: Secret, text: string, headers: Record<string, string>): unknown =>
  new Webhook(secret.reveal()).verify(text, headers);

const signed = (secrets: readonly Secret[], offsetMs = 0): Record<string, string> =>
  signHook({ id: 'evt_1', at: new Date(Date.now() + offsetMs), body, secrets });

describe('the signature of a hook', () => {
  it('is the one of the published example', () => {
    const headers = signHook({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      at: new Date(1_614_265_330_000),
      body: new TextEncoder().encode('{"test": 2432232314}'),
      secrets: [new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')],
    });

    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is taken by the reference library', () => {
    expect(verify(fresh, BODY, signed([fresh]))).toEqual(JSON.parse(BODY));
  });

  it('is taken with either secret during a rotation, and with no third one', () => {
    const headers = signed([fresh, old]);

    expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    expect(verify(old, BODY, headers)).toEqual(JSON.parse(BODY));
    expect(verify(fresh, BODY, headers)).toEqual(JSON.parse(BODY));
    const third = newHookSecret(new SeededRandom(3));
    expect(() => verify(third, BODY, headers)).toThrow(WebhookVerificationError);
  });

  it.each([
    ['body', BODY.replace('ended', 'ending'), {}],
    ['id', BODY, { 'webhook-id': 'evt_2' }],
  ])('does not fit another %s', (_, text, change) => {
    expect(() => verify(fresh, text, { ...signed([fresh]), ...change })).toThrow(
      WebhookVerificationError,
    );
  });

  it('does not fit another time', () => {
    const headers = signed([fresh]);
    const later = String(Number(headers['webhook-timestamp']) + 1);

    expect(() => verify(fresh, BODY, { ...headers, 'webhook-timestamp': later })).toThrow(
      WebhookVerificationError,
    );
  });

  it.each([-6, 6])('is of no use %i minutes away from the clock of the receiver', (minutes) => {
    const headers = signed([fresh], minutes * MINUTE_MS);

    expect(() => verify(fresh, BODY, headers)).toThrow(/timestamp too/);
  });

  it.each([-4, 4])('is good %i minutes away', (minutes) => {
    expect(verify(fresh, BODY, signed([fresh], minutes * MINUTE_MS))).toBeDefined();
  });
});

describe('a new secret', () => {
  it('is one of Standard Webhooks, and another every time', () => {
    const random = new SeededRandom(7);
    const secrets = [newHookSecret(random), newHookSecret(random)].map((each) => each.reveal());

    expect(secrets.every(isHookSecret)).toBe(true);
    expect(new Set(secrets).size).toBe(2);
  });
});
