// Made from the description of the API by `npm run generate:sdk`. Not to be edited.

import { EventStream } from '../events/event-stream.ts';
import type { ListenOptions } from '../events/event-stream.ts';
import { Pages } from '../http/pages.ts';
import type { RequestOptions, Transport } from '../http/transport.ts';
import type {
  App,
  AuditEntry,
  Call,
  CallBatch,
  CallBatchResult,
  CallStats,
  ChangeApp,
  ChangeHook,
  ChangeTrunk,
  CheckOutput,
  Command,
  CommandRequest,
  CreateApp,
  CreateCall,
  CreateHook,
  CreateKey,
  CreateTrunk,
  Delivery,
  DeliveryDetail,
  DrainRequest,
  Event,
  Hook,
  HookTest,
  Key,
  NewHook,
  NewKey,
  Node,
  Output,
  OutputCheck,
  OutputRequest,
  PressKeys,
  Queue,
  Redeliver,
  Redelivered,
  RotateKey,
  RotateSecret,
  RotatedSecret,
  SipMessage,
  TransferRequest,
  Trunk,
  TrunkTest,
} from './schemas.ts';

/** Query of `GET /v1/apps`. */
export interface AppsListQuery {
  /** For operators: only of this app. */
  readonly appKey?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Query of `GET /v1/audit`. */
export interface AuditListQuery {
  /** For operators: only of this app. */
  readonly appKey?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Query of `GET /v1/calls`. */
export interface CallsListQuery {
  /**
   * Ids of calls, with commas, up to 100: the cheap way to look at many at once. One that is not there, or not
   * yours, is missing from the answer.
   */
  readonly id?: string | undefined;
  /** One state, or several with commas. */
  readonly state?: string | undefined;
  /** `true`: calls that have not ended; `false`: those that have. */
  readonly live?: boolean | undefined;
  /** For operators: only the calls of this app. Others see their own anyway. */
  readonly appKey?: string | undefined;
  /** The name that the client gave. */
  readonly callId?: string | undefined;
  /** Name or id of the trunk. */
  readonly trunk?: string | undefined;
  /** The worker that runs it now. */
  readonly node?: string | undefined;
  /** How it ended: results or codes, with commas; any of them fits. */
  readonly verdict?: string | undefined;
  /** Placed at this moment or later. */
  readonly createdFrom?: string | undefined;
  /** Placed before this moment. */
  readonly createdTo?: string | undefined;
  /** `name=value`: a field of its metadata. Up to 3 times; operators have to give appKey. */
  readonly metadata?: string | readonly string[] | undefined;
  /** Which calls come first. */
  readonly order?: 'newest' | 'oldest' | undefined;
  /** `nextCursor` of the page before, with the same filters. */
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Query of `POST /v1/calls`. */
export interface CallsCreateQuery {
  /**
   * `answered`: the answer comes when the call is answered or has ended, or after `waitSeconds`, with the call as
   * it is then.
   */
  readonly wait?: 'answered' | undefined;
  /** How long to wait at most. Ask again with GET where the call needs longer. */
  readonly waitSeconds?: number | undefined;
}

/** Query of `GET /v1/calls/{id}`. */
export interface CallsGetQuery {
  /**
   * `answered`: the answer comes when the call is answered or has ended, or after `waitSeconds`, with the call as
   * it is then.
   */
  readonly wait?: 'answered' | undefined;
  /** How long to wait at most. Ask again with GET where the call needs longer. */
  readonly waitSeconds?: number | undefined;
}

/** Query of `GET /v1/calls/{id}/commands`. */
export interface CallsCommandsQuery {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Query of `GET /v1/calls/{id}/deliveries`. */
export interface CallsDeliveriesQuery {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Query of `GET /v1/calls/{id}/events`. */
export interface CallsEventsQuery {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Query of `GET /v1/calls/{id}/sip`. */
export interface CallsSipQuery {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Query of `GET /v1/events`. */
export interface EventsListenQuery {
  /** The id of a call: only its events. */
  readonly callId?: string | undefined;
  /** For operators: only the events of this app. */
  readonly appKey?: string | undefined;
  /** Only events of these types, with commas: `call.ended`, `call.*` for all of a kind. */
  readonly types?: string | undefined;
  /** Whether `call.stats` is told too: the figures of each live call once a second. */
  readonly stats?: boolean | undefined;
}

/** Query of `GET /v1/hooks`. */
export interface HooksListQuery {
  readonly appKey?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Query of `GET /v1/hooks/{id}/deliveries`. */
export interface HooksDeliveriesQuery {
  readonly state?: string | undefined;
  readonly type?: string | undefined;
  readonly callId?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Query of `GET /v1/keys`. */
export interface KeysListQuery {
  /** For operators: only of this app. */
  readonly appKey?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Query of `GET /v1/trunks`. */
export interface TrunksListQuery {
  readonly appKey?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

export class Apps {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List apps, by name.
   *
   * `GET /v1/apps`
   */
  list(query: AppsListQuery = {}, options: RequestOptions = {}): Pages<App> {
    return new Pages((cursor) =>
      this.#transport.send({
        method: 'GET',
        path: '/v1/apps',
        query: { ...query, cursor: cursor ?? query.cursor },
        options,
      }),
    );
  }

  /**
   * Create an app: a tenant with keys, calls, trunks and hooks of its own.
   *
   * Nobody but operators sees what belongs to another app. Its limits are counted over all API processes.
   *
   * `POST /v1/apps`
   */
  create(body: CreateApp, options: RequestOptions = {}): Promise<App> {
    return this.#transport.send({ method: 'POST', path: '/v1/apps', body, options });
  }

  /**
   * One app: your own, or for operators any.
   *
   * `GET /v1/apps/{appKey}`
   */
  get(appKey: string, options: RequestOptions = {}): Promise<App> {
    return this.#transport.send({
      method: 'GET',
      path: '/v1/apps/{appKey}',
      params: { appKey },
      options,
    });
  }

  /**
   * Change an app: its limits, where its calls may lead, whether it is enabled.
   *
   * All API processes know of it within five seconds. Calls that live go on.
   *
   * `PATCH /v1/apps/{appKey}`
   */
  update(appKey: string, body: ChangeApp = {}, options: RequestOptions = {}): Promise<App> {
    return this.#transport.send({
      method: 'PATCH',
      path: '/v1/apps/{appKey}',
      params: { appKey },
      body,
      options,
    });
  }
}

export class Audit {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Who has changed what, newest first.
   *
   * Changes of apps, keys, trunks and hooks, with what was before and after, without secrets. Nothing in it can be
   * changed.
   *
   * `GET /v1/audit`
   */
  list(query: AuditListQuery = {}, options: RequestOptions = {}): Pages<AuditEntry> {
    return new Pages((cursor) =>
      this.#transport.send({
        method: 'GET',
        path: '/v1/audit',
        query: { ...query, cursor: cursor ?? query.cursor },
        options,
      }),
    );
  }
}

export class Calls {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List calls, newest first.
   *
   * A page takes the same time among ten calls and among millions. Calls that are placed meanwhile do not move the
   * pages that follow.
   *
   * `GET /v1/calls`
   */
  list(query: CallsListQuery = {}, options: RequestOptions = {}): Pages<Call> {
    return new Pages((cursor) =>
      this.#transport.send({
        method: 'GET',
        path: '/v1/calls',
        query: { ...query, cursor: cursor ?? query.cursor },
        options,
      }),
    );
  }

  /**
   * Place a call and broadcast it.
   *
   * With `wait=answered` and an Idempotency-Key: an attempt that is lost is not lost for the call. The same
   * request again finds it and waits on, or is answered as the first one was.
   *
   * `POST /v1/calls`
   */
  create(
    body: CreateCall,
    options: RequestOptions & { readonly query?: CallsCreateQuery } = {},
  ): Promise<Call> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/calls',
      body,
      query: options.query,
      options,
    });
  }

  /**
   * Hang up, or take off the queue.
   *
   * `DELETE /v1/calls/{id}`
   */
  hangUp(id: string, options: RequestOptions = {}): Promise<Call> {
    return this.#transport.send({
      method: 'DELETE',
      path: '/v1/calls/{id}',
      params: { id },
      options,
    });
  }

  /**
   * One call.
   *
   * `GET /v1/calls/{id}`
   */
  get(id: string, query: CallsGetQuery = {}, options: RequestOptions = {}): Promise<Call> {
    return this.#transport.send({
      method: 'GET',
      path: '/v1/calls/{id}',
      params: { id },
      query,
      options,
    });
  }

  /**
   * What was asked of a call, newest first.
   *
   * `GET /v1/calls/{id}/commands`
   */
  commands(
    id: string,
    query: CallsCommandsQuery = {},
    options: RequestOptions = {},
  ): Pages<Command> {
    return new Pages((cursor) =>
      this.#transport.send({
        method: 'GET',
        path: '/v1/calls/{id}/commands',
        params: { id },
        query: { ...query, cursor: cursor ?? query.cursor },
        options,
      }),
    );
  }

  /**
   * What has become of a command.
   *
   * `GET /v1/calls/{id}/commands/{commandId}`
   */
  command(id: string, commandId: string, options: RequestOptions = {}): Promise<Command> {
    return this.#transport.send({
      method: 'GET',
      path: '/v1/calls/{id}/commands/{commandId}',
      params: { id, commandId },
      options,
    });
  }

  /**
   * List what the hooks of its app were told of a call, newest first.
   *
   * Of all hooks that there are; `hookId` and `id` lead to one delivery, its attempts, and to sending it again.
   * What was settled is forgotten after a while.
   *
   * `GET /v1/calls/{id}/deliveries`
   */
  deliveries(
    id: string,
    query: CallsDeliveriesQuery = {},
    options: RequestOptions = {},
  ): Pages<Delivery> {
    return new Pages((cursor) =>
      this.#transport.send({
        method: 'GET',
        path: '/v1/calls/{id}/deliveries',
        params: { id },
        query: { ...query, cursor: cursor ?? query.cursor },
        options,
      }),
    );
  }

  /**
   * Press keys in an answered call.
   *
   * Commands of one call are carried out one after the other, in the order in which they were asked for; a hang-up
   * goes first.
   *
   * `POST /v1/calls/{id}/dtmf`
   */
  dtmf(id: string, body: PressKeys, options: RequestOptions = {}): Promise<Command> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/calls/{id}/dtmf',
      params: { id },
      body,
      options,
    });
  }

  /**
   * The numbered history of a call, oldest first.
   *
   * `GET /v1/calls/{id}/events`
   */
  events(id: string, query: CallsEventsQuery = {}, options: RequestOptions = {}): Pages<Event> {
    return new Pages((cursor) =>
      this.#transport.send({
        method: 'GET',
        path: '/v1/calls/{id}/events',
        params: { id },
        query: { ...query, cursor: cursor ?? query.cursor },
        options,
      }),
    );
  }

  /**
   * Put the callee on hold, with silence on air.
   *
   * The callee is asked by a re-INVITE (RFC 3264 section 8.4) and may refuse: `HOLD_REFUSED`. Commands of one call
   * are carried out one after the other, in the order in which they were asked for; a hang-up goes first.
   *
   * `POST /v1/calls/{id}/hold`
   */
  hold(id: string, body: CommandRequest = {}, options: RequestOptions = {}): Promise<Command> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/calls/{id}/hold',
      params: { id },
      body,
      options,
    });
  }

  /**
   * Put silence on air in the place of what the callee sends.
   *
   * The call goes on. It stays so through losses of the callee and of nodes, until it is unmuted. Commands of one
   * call are carried out one after the other, in the order in which they were asked for; a hang-up goes first.
   *
   * `POST /v1/calls/{id}/mute`
   */
  mute(id: string, body: CommandRequest = {}, options: RequestOptions = {}): Promise<Command> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/calls/{id}/mute',
      params: { id },
      body,
      options,
    });
  }

  /**
   * Publish a live call to another target too.
   *
   * At most 8 outputs of a call can be live, backups included. The new one joins at once: the others notice
   * nothing.
   *
   * `POST /v1/calls/{id}/outputs`
   */
  addOutput(id: string, body: OutputRequest, options: RequestOptions = {}): Promise<Output> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/calls/{id}/outputs',
      params: { id },
      body,
      options,
    });
  }

  /**
   * End an output of a live call, and its backup with it.
   *
   * The last one stays (409 `OUTPUT_LAST`): hang the call up, or add another one first.
   *
   * `DELETE /v1/calls/{id}/outputs/{outputId}`
   */
  removeOutput(id: string, outputId: string, options: RequestOptions = {}): Promise<Output> {
    return this.#transport.send({
      method: 'DELETE',
      path: '/v1/calls/{id}/outputs/{outputId}',
      params: { id, outputId },
      options,
    });
  }

  /**
   * Connect an output now, instead of at its next retry.
   *
   * It counts as an attempt: if it fails, the wait that follows is as long as after any other. One that does not
   * wait for its next attempt is refused (409 `OUTPUT_NOT_RETRYING`); one that has failed for good has to be added
   * again.
   *
   * `POST /v1/calls/{id}/outputs/{outputId}/retry`
   */
  retryOutput(id: string, outputId: string, options: RequestOptions = {}): Promise<Output> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/calls/{id}/outputs/{outputId}/retry',
      params: { id, outputId },
      options,
    });
  }

  /**
   * Listen in: what the call puts on air, as HTTP-FLV.
   *
   * From now on, with timestamps from 0, until the call ends or moves to another node; then ask again. A listener
   * that is slow misses some, and is let go when it takes nothing for 10 s. 8 listeners a call, 32 a node.
   *
   * `GET /v1/calls/{id}/preview.flv`
   */
  preview(id: string, options: RequestOptions = {}): Promise<ReadableStream<Uint8Array>> {
    return this.#transport.stream({
      method: 'GET',
      path: '/v1/calls/{id}/preview.flv',
      params: { id },
      options,
    });
  }

  /**
   * Take the callee off hold.
   *
   * While the callee holds too, the call stays in the state `held`. Commands of one call are carried out one after
   * the other, in the order in which they were asked for; a hang-up goes first.
   *
   * `POST /v1/calls/{id}/resume`
   */
  resume(id: string, body: CommandRequest = {}, options: RequestOptions = {}): Promise<Command> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/calls/{id}/resume',
      params: { id },
      body,
      options,
    });
  }

  /**
   * The SIP messages of a call, oldest first, without what is secret in them.
   *
   * Written about a second later, and lost with a node that dies before that. What the signalling server does by
   * itself is not told: 100 Trying, repeated messages, the ACK of a refusal, its own session refreshes. Nor are
   * REGISTER and OPTIONS outside the call.
   *
   * `GET /v1/calls/{id}/sip`
   */
  sip(id: string, query: CallsSipQuery = {}, options: RequestOptions = {}): Pages<SipMessage> {
    return new Pages((cursor) =>
      this.#transport.send({
        method: 'GET',
        path: '/v1/calls/{id}/sip',
        params: { id },
        query: { ...query, cursor: cursor ?? query.cursor },
        options,
      }),
    );
  }

  /**
   * What the media of a call have counted and measured.
   *
   * Of a live call at most 5 s old; of one that has ended the last figures. Counted from when the node took the
   * call.
   *
   * `GET /v1/calls/{id}/stats`
   */
  stats(id: string, options: RequestOptions = {}): Promise<CallStats> {
    return this.#transport.send({
      method: 'GET',
      path: '/v1/calls/{id}/stats',
      params: { id },
      options,
    });
  }

  /**
   * Let another node go on with an answered call.
   *
   * The callee is hung up and dialled again from there. If that node does not take the call in two seconds, any
   * node does. Commands of one call are carried out one after the other, in the order in which they were asked
   * for; a hang-up goes first.
   *
   * `POST /v1/calls/{id}/transfer`
   */
  transfer(id: string, body: TransferRequest = {}, options: RequestOptions = {}): Promise<Command> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/calls/{id}/transfer',
      params: { id },
      body,
      options,
    });
  }

  /**
   * Put on air again what the callee sends.
   *
   * Commands of one call are carried out one after the other, in the order in which they were asked for; a hang-up
   * goes first.
   *
   * `POST /v1/calls/{id}/unmute`
   */
  unmute(id: string, body: CommandRequest = {}, options: RequestOptions = {}): Promise<Command> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/calls/{id}/unmute',
      params: { id },
      body,
      options,
    });
  }

  /**
   * Place up to 1,000 calls.
   *
   * Each call is placed or refused by itself. Where two of them ask for the same `callId` or target, the earlier
   * one gets it. With an Idempotency-Key a batch whose refusals may all stay is answered again as it was; where
   * some may pass (`retry` of their codes is not `never`) the same request with the same key tries those again,
   * and finds the others as placed.
   *
   * `POST /v1/calls:batch`
   */
  batch(body: CallBatch, options: RequestOptions = {}): Promise<CallBatchResult> {
    return this.#transport.send({ method: 'POST', path: '/v1/calls:batch', body, options });
  }
}

export class Events {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * All events as they happen (server-sent events), resumable.
   *
   * `GET /v1/events`
   */
  listen(query: EventsListenQuery = {}, options: ListenOptions = {}): EventStream {
    return new EventStream(this.#transport, { method: 'GET', path: '/v1/events', query }, options);
  }
}

export class Hooks {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List hooks, newest first.
   *
   * `GET /v1/hooks`
   */
  list(query: HooksListQuery = {}, options: RequestOptions = {}): Pages<Hook> {
    return new Pages((cursor) =>
      this.#transport.send({
        method: 'GET',
        path: '/v1/hooks',
        query: { ...query, cursor: cursor ?? query.cursor },
        options,
      }),
    );
  }

  /**
   * Have an endpoint told of the events of your calls.
   *
   * Every event is told at least once, those of a call in their order, signed as Standard Webhooks says. A status
   * from 200 to 299 takes it, 410 disables the hook, whatever else is tried again after 5 s, 30 s, 2 min, 15 min,
   * 1, 4, 8, 12 and 24 h. An app has at most 20 hooks.
   *
   * `POST /v1/hooks`
   */
  create(body: CreateHook, options: RequestOptions = {}): Promise<NewHook> {
    return this.#transport.send({ method: 'POST', path: '/v1/hooks', body, options });
  }

  /**
   * Forget a hook, and what it was told.
   *
   * `DELETE /v1/hooks/{id}`
   */
  delete(id: string, options: RequestOptions = {}): Promise<Hook> {
    return this.#transport.send({
      method: 'DELETE',
      path: '/v1/hooks/{id}',
      params: { id },
      options,
    });
  }

  /**
   * One hook, and why it is disabled if it is.
   *
   * `GET /v1/hooks/{id}`
   */
  get(id: string, options: RequestOptions = {}): Promise<Hook> {
    return this.#transport.send({ method: 'GET', path: '/v1/hooks/{id}', params: { id }, options });
  }

  /**
   * Change a hook, or switch it off and on.
   *
   * Whatever waits goes to the new URL; with a new one, or when it is enabled, it is tried at once. The dialect
   * applies to what happens from now on.
   *
   * `PATCH /v1/hooks/{id}`
   */
  update(id: string, body: ChangeHook = {}, options: RequestOptions = {}): Promise<Hook> {
    return this.#transport.send({
      method: 'PATCH',
      path: '/v1/hooks/{id}',
      params: { id },
      body,
      options,
    });
  }

  /**
   * List what a hook was told, or is about to be told, newest first.
   *
   * `GET /v1/hooks/{id}/deliveries`
   */
  deliveries(
    id: string,
    query: HooksDeliveriesQuery = {},
    options: RequestOptions = {},
  ): Pages<Delivery> {
    return new Pages((cursor) =>
      this.#transport.send({
        method: 'GET',
        path: '/v1/hooks/{id}/deliveries',
        params: { id },
        query: { ...query, cursor: cursor ?? query.cursor },
        options,
      }),
    );
  }

  /**
   * One delivery: what is sent, and what came of every attempt.
   *
   * Kept for as long as the delivery is; what was settled is forgotten after a while.
   *
   * `GET /v1/hooks/{id}/deliveries/{deliveryId}`
   */
  delivery(id: string, deliveryId: string, options: RequestOptions = {}): Promise<DeliveryDetail> {
    return this.#transport.send({
      method: 'GET',
      path: '/v1/hooks/{id}/deliveries/{deliveryId}',
      params: { id, deliveryId },
      options,
    });
  }

  /**
   * Send a delivery again.
   *
   * The same bytes under the same id, with the time and the signature of now, from the first attempt on. One that
   * waits is tried at once.
   *
   * `POST /v1/hooks/{id}/deliveries/{deliveryId}/redeliver`
   */
  redeliverDelivery(
    id: string,
    deliveryId: string,
    options: RequestOptions = {},
  ): Promise<Delivery> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/hooks/{id}/deliveries/{deliveryId}/redeliver',
      params: { id, deliveryId },
      options,
    });
  }

  /**
   * Send chosen deliveries again, or those of a time.
   *
   * Of a range the oldest 1000 at once: `nextCursor` says that there are more. Ids that the hook does not have are
   * passed over.
   *
   * `POST /v1/hooks/{id}/redeliver`
   */
  redeliver(id: string, body: Redeliver = {}, options: RequestOptions = {}): Promise<Redelivered> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/hooks/{id}/redeliver',
      params: { id },
      body,
      options,
    });
  }

  /**
   * Sign with another secret.
   *
   * For a while each delivery has two signatures, so that receivers can take the new secret when they are ready.
   * Only the last two secrets sign: a second rotation ends the first one at once.
   *
   * `POST /v1/hooks/{id}/rotate-secret`
   */
  rotateSecret(
    id: string,
    body: RotateSecret = {},
    options: RequestOptions = {},
  ): Promise<RotatedSecret> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/hooks/{id}/rotate-secret',
      params: { id },
      body,
      options,
    });
  }

  /**
   * Send an endpoint an event that only tries it.
   *
   * At once, past all that waits, and also while the hook is disabled: `hook.test`, in the dialect `wcs` a
   * ConnectionStatusEvent. The answer says what the endpoint has said; it takes up to 15 s. Nothing of it is kept.
   *
   * `POST /v1/hooks/{id}/test`
   */
  test(id: string, options: RequestOptions = {}): Promise<HookTest> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/hooks/{id}/test',
      params: { id },
      options,
    });
  }
}

export class Keys {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List keys, oldest first, without what they are asked with.
   *
   * `GET /v1/keys`
   */
  list(query: KeysListQuery = {}, options: RequestOptions = {}): Pages<Key> {
    return new Pages((cursor) =>
      this.#transport.send({
        method: 'GET',
        path: '/v1/keys',
        query: { ...query, cursor: cursor ?? query.cursor },
        options,
      }),
    );
  }

  /**
   * Make a key.
   *
   * Only its hash is stored: whoever loses it makes another one.
   *
   * `POST /v1/keys`
   */
  create(body: CreateKey = {}, options: RequestOptions = {}): Promise<NewKey> {
    return this.#transport.send({ method: 'POST', path: '/v1/keys', body, options });
  }

  /**
   * Revoke a key for good.
   *
   * Within five seconds no API process takes it, and streams that were opened with it end.
   *
   * `DELETE /v1/keys/{id}`
   */
  delete(id: string, options: RequestOptions = {}): Promise<Key> {
    return this.#transport.send({
      method: 'DELETE',
      path: '/v1/keys/{id}',
      params: { id },
      options,
    });
  }

  /**
   * One key.
   *
   * `GET /v1/keys/{id}`
   */
  get(id: string, options: RequestOptions = {}): Promise<Key> {
    return this.#transport.send({ method: 'GET', path: '/v1/keys/{id}', params: { id }, options });
  }

  /**
   * Make a key that takes the place of another.
   *
   * It has the same name, scope and expiry. The other one is taken for a while longer, so that clients can change.
   *
   * `POST /v1/keys/{id}/rotate`
   */
  rotate(id: string, body: RotateKey = {}, options: RequestOptions = {}): Promise<NewKey> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/keys/{id}/rotate',
      params: { id },
      body,
      options,
    });
  }
}

export class Nodes {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * The worker processes that run: what they carry, how they fare, whether they take calls.
   *
   * A node that has not told of itself for 15 s is left out.
   *
   * `GET /v1/nodes`
   */
  list(options: RequestOptions = {}): Pages<Node> {
    return new Pages(() => this.#transport.send({ method: 'GET', path: '/v1/nodes', options }));
  }

  /**
   * Let a node take no more calls, until it is resumed or ends.
   *
   * With `handOver` its calls go on elsewhere, as they do when it is stopped: refused with `NODE_NO_ROOM` where no
   * other node takes calls.
   *
   * `POST /v1/nodes/{id}/drain`
   */
  drain(id: string, body: DrainRequest = {}, options: RequestOptions = {}): Promise<Node> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/nodes/{id}/drain',
      params: { id },
      body,
      options,
    });
  }

  /**
   * Let a drained node take calls again.
   *
   * `POST /v1/nodes/{id}/resume`
   */
  resume(id: string, options: RequestOptions = {}): Promise<Node> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/nodes/{id}/resume',
      params: { id },
      options,
    });
  }
}

export class Outputs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Try a target before the show.
   *
   * A worker looks the name up, connects, speaks TLS and RTMP, logs in, publishes a second of silence under the
   * key and leaves. The answer says how far it came, what to do if that is not all the way, and what the platform
   * wants besides. It takes seconds, and up to a minute where nobody answers.
   *
   * `POST /v1/outputs/check`
   */
  check(body: CheckOutput, options: RequestOptions = {}): Promise<OutputCheck> {
    return this.#transport.send({ method: 'POST', path: '/v1/outputs/check', body, options });
  }
}

export class Queues {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * How long every queue is, and for how long the first in it has been waiting.
   *
   * Of the store `calls` (each of them, until a worker takes it), `commands` and `hooks` (what one endpoint is to
   * be told of one call); in Redis the jobs that tell workers of them. Queues are left out while what keeps them
   * cannot be asked.
   *
   * `GET /v1/queues`
   */
  list(options: RequestOptions = {}): Pages<Queue> {
    return new Pages(() => this.#transport.send({ method: 'GET', path: '/v1/queues', options }));
  }
}

export class Trunks {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List trunks, oldest first.
   *
   * `GET /v1/trunks`
   */
  list(query: TrunksListQuery = {}, options: RequestOptions = {}): Pages<Trunk> {
    return new Pages((cursor) =>
      this.#transport.send({
        method: 'GET',
        path: '/v1/trunks',
        query: { ...query, cursor: cursor ?? query.cursor },
        options,
      }),
    );
  }

  /**
   * Keep a SIP account that calls may name as their `trunk`.
   *
   * Its login, proxy and limits then apply to all of them. The password is sealed, and shown to nobody.
   *
   * `POST /v1/trunks`
   */
  create(body: CreateTrunk, options: RequestOptions = {}): Promise<Trunk> {
    return this.#transport.send({ method: 'POST', path: '/v1/trunks', body, options });
  }

  /**
   * Forget a trunk that no live call uses.
   *
   * `DELETE /v1/trunks/{trunk}`
   */
  delete(trunk: string, options: RequestOptions = {}): Promise<Trunk> {
    return this.#transport.send({
      method: 'DELETE',
      path: '/v1/trunks/{trunk}',
      params: { trunk },
      options,
    });
  }

  /**
   * One trunk, by its name or id, whether it answers, and what it carries.
   *
   * `GET /v1/trunks/{trunk}`
   */
  get(trunk: string, options: RequestOptions = {}): Promise<Trunk> {
    return this.#transport.send({
      method: 'GET',
      path: '/v1/trunks/{trunk}',
      params: { trunk },
      options,
    });
  }

  /**
   * Change a trunk.
   *
   * What is left out stays; null takes it away. It applies to every INVITE from now on, also of calls that are
   * already placed; calls that are up stay up.
   *
   * `PATCH /v1/trunks/{trunk}`
   */
  update(trunk: string, body: ChangeTrunk = {}, options: RequestOptions = {}): Promise<Trunk> {
    return this.#transport.send({
      method: 'PATCH',
      path: '/v1/trunks/{trunk}',
      params: { trunk },
      body,
      options,
    });
  }

  /**
   * Try a trunk before the show.
   *
   * A worker sends OPTIONS, shows the login if it is asked for, and registers the account if the trunk is to be
   * registered. The answer says how far it came. It takes up to 20 s where nobody answers.
   *
   * `POST /v1/trunks/{trunk}/test`
   */
  test(trunk: string, options: RequestOptions = {}): Promise<TrunkTest> {
    return this.#transport.send({
      method: 'POST',
      path: '/v1/trunks/{trunk}/test',
      params: { trunk },
      options,
    });
  }
}

/** Every route of the API, by what it is about. */
export class Routes {
  readonly apps: Apps;
  readonly audit: Audit;
  readonly calls: Calls;
  readonly events: Events;
  readonly hooks: Hooks;
  readonly keys: Keys;
  readonly nodes: Nodes;
  readonly outputs: Outputs;
  readonly queues: Queues;
  readonly trunks: Trunks;

  constructor(transport: Transport) {
    this.apps = new Apps(transport);
    this.audit = new Audit(transport);
    this.calls = new Calls(transport);
    this.events = new Events(transport);
    this.hooks = new Hooks(transport);
    this.keys = new Keys(transport);
    this.nodes = new Nodes(transport);
    this.outputs = new Outputs(transport);
    this.queues = new Queues(transport);
    this.trunks = new Trunks(transport);
  }
}
