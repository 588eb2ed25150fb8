import { isUtf8 } from 'node:buffer';
import type { DeliveryDetailView, DeliveryView, HookTestView, HookView } from '#contracts';
import type {
  DeliveryDetail,
  DeliveryRecord,
  HookDisabledReason,
  HookRecord,
  LoggedAttempt,
} from '#domain';

const NOTICES: Readonly<Record<HookDisabledReason, string>> = {
  operator: 'It was switched off.',
  gone: 'Its endpoint has answered 410 Gone: it wants to be told no more.',
  failing: 'Nothing but failures has come of it for days.',
};

/** A hook as clients see it. */
export function hookView(hook: HookRecord): HookView {
  const { id, appKey, url, events, dialect, description, disabled, failingSince } = hook;
  return {
    ...{ id, appKey, url, dialect, description },
    events: [...events],
    enabled: disabled === null,
    disabled: disabled && {
      reason: disabled.reason,
      notice: NOTICES[disabled.reason],
      at: disabled.at.toISOString(),
    },
    failingSince: failingSince?.toISOString() ?? null,
    createdAt: hook.createdAt.toISOString(),
  };
}

/** A delivery as clients see it. */
export const deliveryView = (delivery: DeliveryRecord): DeliveryView => ({
  id: delivery.id,
  hookId: delivery.hookId,
  callId: delivery.callId,
  eventId: delivery.eventId,
  type: delivery.type,
  seq: delivery.seq,
  path: delivery.path,
  state: delivery.state,
  attempts: delivery.attempts,
  nextAt: delivery.nextAt?.toISOString() ?? null,
  createdAt: delivery.createdAt.toISOString(),
  settledAt: delivery.settledAt?.toISOString() ?? null,
});

/** Bytes that are UTF-8. */
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** What an endpoint has answered. */
export const answerView = (answer: {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}): NonNullable<HookTestView['answer']> => {
  const encoding = isUtf8(answer.body) ? 'utf8' : 'base64';
  const body = Buffer.from(answer.body).toString(encoding);
  return { status: answer.status, headers: { ...answer.headers }, body, encoding };
};

function attemptView(attempt: LoggedAttempt): DeliveryDetailView['log'][number] {
  const { at, durationMs, requestHeaders, status, reason, detail } = attempt;
  const { answerHeaders: headers, answerBody: body } = attempt;
  return {
    at: at.toISOString(),
    durationMs,
    requestHeaders: { ...requestHeaders },
    answer:
      status === null
        ? null
        : answerView({ status, headers: headers ?? {}, body: body ?? new Uint8Array() }),
    failure: reason === null ? null : { reason, detail: detail ?? '' },
  };
}

/** A delivery with all that is known of it. */
export const deliveryDetailView = ({
  delivery,
  body,
  log,
}: DeliveryDetail): DeliveryDetailView => ({
  ...deliveryView(delivery),
  body: textOf(body),
  log: log.map(attemptView),
});
