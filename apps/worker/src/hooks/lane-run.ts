import { hookRequest } from '#adapters/hooks-http';
import { hookRetryMs, retryAfterMs } from '#domain';
import type {
  ClaimedLanes,
  DeliveryId,
  DueDelivery,
  HookAnswer,
  HookAttempt,
  HookFailure,
  HookLane,
  HookPoster,
  HookRequest,
  LaneResult,
} from '#domain';
import type { Clock, RandomSource } from '#foundation';

/** After the claim. Nothing new is sent after that: with the time-out of the last request the lease is still ours. */
const SENDING_MS = 5_000;
const GONE = 410;

/** What lanes are told with. */
export interface LaneTools {
  readonly poster: HookPoster;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Whether nothing more is to be sent. */
  readonly isStopped: () => boolean;
}

/** What has become of a lane, and what its endpoint has shown. */
export interface LaneOutcome {
  readonly result: LaneResult;
  /** Undefined where nothing was sent. */
  readonly hasWorked: boolean | undefined;
  /** The endpoint has asked to be told nothing any more. */
  readonly isGone: boolean;
}

/** What a lane was claimed with, and when by the monotonic clock, in milliseconds. */
export interface LaneClaim {
  readonly claimed: Pick<ClaimedLanes, 'hook' | 'secrets'>;
  readonly atMs: number;
}

/** Tells an endpoint what waits in one lane, one after the other, until one fails. Never rejects. */
export async function runLane(
  { claimed, atMs }: LaneClaim,
  lane: HookLane,
  tools: LaneTools,
): Promise<LaneOutcome> {
  const attempts: HookAttempt[] = [];
  const settled: { id: DeliveryId; state: 'delivered' | 'failed' }[] = [];
  const untilMs = atMs + SENDING_MS;
  let waits: LaneResult['waits'] = null;
  let hasWorked: boolean | undefined;
  let isGone = false;
  for (const delivery of lane.deliveries) {
    if (tools.isStopped() || msOf(tools.clock) >= untilMs) break;
    const request = requestOf(claimed, delivery, tools.clock);
    const answer = await tools.poster.post(request);
    attempts.push(attemptOf(delivery, request, answer));
    hasWorked = isTaken(answer);
    if (hasWorked) {
      settled.push({ id: delivery.id, state: 'delivered' });
      continue;
    }
    isGone = answer.kind === 'answered' && answer.status === GONE;
    const delayMs = hookRetryMs(delivery.attempts + 1, tools.random, askedMs(answer, tools.clock));
    if (delayMs === undefined) settled.push({ id: delivery.id, state: 'failed' });
    else waits = { id: delivery.id, delayMs };
    // What comes after one that was given up has its turn with the next lease: the endpoint is known not to work.
    break;
  }
  const { callId, fence } = lane;
  return { result: { callId, fence, attempts, settled, waits }, hasWorked, isGone };
}

const msOf = (clock: Clock): number => clock.nowMicros() / 1000;

function requestOf(
  { hook, secrets }: Pick<ClaimedLanes, 'hook' | 'secrets'>,
  { id, eventId, path, body }: DueDelivery,
  clock: Clock,
): HookRequest {
  return hookRequest({
    url: hook.url,
    path,
    // One event is several requests of WCS: receivers drop what has an id they know.
    id: hook.dialect === 'wcs' ? id : eventId,
    at: new Date(clock.wallMs()),
    body,
    secrets,
  });
}

const isTaken = (answer: HookAnswer | HookFailure): boolean =>
  answer.kind === 'answered' && answer.status >= 200 && answer.status < 300;

const askedMs = (answer: HookAnswer | HookFailure, clock: Clock): number =>
  answer.kind === 'answered' ? retryAfterMs(answer.headers['retry-after'], clock.wallMs()) : 0;

function attemptOf(
  { id }: DueDelivery,
  { headers }: HookRequest,
  answer: HookAnswer | HookFailure,
): HookAttempt {
  const isAnswered = answer.kind === 'answered';
  return {
    deliveryId: id,
    durationMs: answer.durationMs,
    requestHeaders: headers,
    status: isAnswered ? answer.status : null,
    answerHeaders: isAnswered ? answer.headers : null,
    answerBody: isAnswered ? answer.body : null,
    reason: isAnswered ? null : answer.reason,
    detail: isAnswered ? null : answer.detail,
  };
}
