import { describe, expect, it } from 'vitest';
import type {
  CallId,
  DeliveryId,
  DueDelivery,
  EventId,
  HookAnswer,
  HookDialect,
  HookFailure,
  HookId,
  HookRequest,
} from '#domain';
import { Secret } from '#foundation';
import { SeededRandom, VirtualTime } from '#testkit';
import { runLane } from './lane-run.ts';

const answered = (status: number, headers: Readonly<Record<string, string>> = {}): HookAnswer => ({
  ...{ kind: 'answered', status, headers, body: Buffer.from(`says ${status}`) },
  ...{ isCut: false, durationMs: 3 },
});

const failed = (reason: HookFailure['reason']): HookFailure => ({
  ...{ kind: 'failed', reason, detail: `it is ${reason}`, durationMs: 3 },
});

/** The deliveries 1, 2, 3 of a call; `attempts` were made of each. */
const laneOf = (attempts: number) => ({
  ...{ callId: 'call_1' as CallId, fence: 7 },
  deliveries: [1, 2, 3].map((number): DueDelivery => ({
    ...{ id: `dlv_${number}` as DeliveryId, eventId: `evt_${number}` as EventId },
    ...{ path: '', type: 'call.ringing', body: Buffer.from(`{"seq":${number}}`), attempts },
  })),
});

interface Script {
  readonly dialect?: HookDialect;
  readonly attempts?: number;
  /** How long each answer takes. */
  readonly tookMs?: number;
}

/** Tells the lane to an endpoint that gives these answers, and then none. */
async function tell(
  answers: readonly (HookAnswer | HookFailure)[],
  { dialect = 'standard', attempts = 0, tookMs = 3 }: Script = {},
) {
  const time = new VirtualTime();
  const requests: HookRequest[] = [];
  const poster = {
    post: (request: HookRequest) => {
      requests.push(request);
      time.advance(tookMs);
      return Promise.resolve(answers[requests.length - 1] ?? failed('unreachable'));
    },
  };
  const hook = { ...{ id: 'hook_1' as HookId, appKey: 'app', dialect, failingSince: null } };
  const outcome = await runLane(
    {
      claimed: {
        hook: { ...hook, url: 'https://example.com/hook' },
        secrets: [new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')],
      },
      atMs: 0,
    },
    laneOf(attempts),
    { poster, clock: time, random: new SeededRandom(1), isStopped: () => false },
  );
  return { ...outcome, requests };
}

describe('a lane', () => {
  it.each([200, 201, 204, 299])('goes on with the next delivery after %i', async (status) => {
    const { result, hasWorked } = await tell([answered(status), answered(204), answered(204)]);

    expect(result).toMatchObject({ callId: 'call_1', fence: 7, waits: null });
    expect(result.settled).toEqual(
      [1, 2, 3].map((number) => ({ id: `dlv_${number}`, state: 'delivered' })),
    );
    expect(hasWorked).toBe(true);
  });

  it.each([
    ...[100, 199, 301, 302, 303, 307, 308, 400, 401, 404, 429, 500, 502, 503, 504].map(
      (status) => [String(status), answered(status)] as const,
    ),
    ...(['refused', 'unreachable', 'tls', 'timeout', 'broken'] as const).map(
      (reason) => [reason, failed(reason)] as const,
    ),
  ])('waits with its first delivery after %s, and the others behind it', async (_, answer) => {
    const { result, hasWorked, isGone, requests } = await tell([answer]);

    expect(requests).toHaveLength(1);
    expect(result.settled).toEqual([]);
    expect(result.waits).toEqual({ id: 'dlv_1', delayMs: expect.any(Number) });
    expect(result.waits?.delayMs).toBeGreaterThanOrEqual(4_000);
    expect(result.waits?.delayMs).toBeLessThanOrEqual(6_000);
    expect({ hasWorked, isGone }).toEqual({ hasWorked: false, isGone: false });
  });

  it('is told no more by an endpoint that answers 410', async () => {
    const { result, isGone, requests } = await tell([answered(204), answered(410)]);

    expect(isGone).toBe(true);
    expect(requests).toHaveLength(2);
    expect(result).toMatchObject({
      ...{ settled: [{ id: 'dlv_1', state: 'delivered' }], waits: { id: 'dlv_2' } },
    });
  });

  it.each([
    [429, '120', 120_000],
    [503, '3600', 3_600_000],
    [500, '60', 60_000],
    [429, 'Thu, 01 Jan 2026 00:10:00 GMT', 599_997],
    [429, '9999999', 86_400_000],
  ])('waits as long as %i with Retry-After %s asks', async (status, after, delayMs) => {
    const { result } = await tell([answered(status, { 'retry-after': after })]);

    expect(result.waits).toEqual({ id: 'dlv_1', delayMs });
  });

  it('is given up with the tenth failure, and what comes after has its turn', async () => {
    const ninth = await tell([answered(500)], { attempts: 8 });
    const tenth = await tell([answered(500)], { attempts: 9 });

    expect(ninth.result.waits).toMatchObject({ id: 'dlv_1' });
    expect(tenth.result).toMatchObject({
      ...{ settled: [{ id: 'dlv_1', state: 'failed' }], waits: null },
    });
  });

  it('sends nothing new after 5 s, while its lease is good', async () => {
    const taken = [answered(204), answered(204), answered(204)];
    const { result, requests } = await tell(taken, { tookMs: 2_600 });

    expect(requests).toHaveLength(2);
    expect(result).toMatchObject({ waits: null, settled: [{ id: 'dlv_1' }, { id: 'dlv_2' }] });
  });

  it('sends the stored bytes under the id of the event, and of WCS under that of the request', async () => {
    const { requests } = await tell([answered(204)]);
    const wcs = await tell([answered(204)], { dialect: 'wcs' });

    expect(requests[0]?.body).toEqual(Buffer.from('{"seq":1}'));
    expect(requests[0]?.headers).toMatchObject({ 'webhook-id': 'evt_1' });
    expect(wcs.requests[0]?.headers).toMatchObject({ 'webhook-id': 'dlv_1' });
  });

  it('keeps what was sent and what was said', async () => {
    const { result, requests } = await tell([answered(204, { 'x-sink': 'a' }), failed('timeout')]);

    expect(result.attempts).toEqual([
      {
        ...{ deliveryId: 'dlv_1', durationMs: 3, requestHeaders: requests[0]?.headers },
        ...{ status: 204, answerHeaders: { 'x-sink': 'a' }, answerBody: Buffer.from('says 204') },
        ...{ reason: null, detail: null },
      },
      {
        ...{ deliveryId: 'dlv_2', durationMs: 3, requestHeaders: requests[1]?.headers },
        ...{ status: null, answerHeaders: null, answerBody: null },
        ...{ reason: 'timeout', detail: 'it is timeout' },
      },
    ]);
  });
});
