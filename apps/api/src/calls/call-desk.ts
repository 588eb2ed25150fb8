import { Inject, Injectable } from '@nestjs/common';
import { Fault, destinationProblem } from '#domain';
import type { Announcer, CallId, CallRecord, CallRegistry, IdFactory, TrunkRecord } from '#domain';
import type { CreateCall } from '#contracts';
import type { Clock, Logger } from '#foundation';
import { RequestTraces } from '../http/request-traces.ts';
import { Rejection } from '../http/rejection.ts';
import { TenantRuleBook } from '../tenants/tenant-rules.ts';
import { KnownTrunks } from '../trunks/known-trunks.ts';
import { TOKENS } from '../tokens.ts';
import type { ApiSettings } from '../tokens.ts';
import { CallDispatch } from './call-dispatch.ts';
import { CallRoom } from './call-room.ts';
import { newCallOf } from './new-call.ts';
import type { CallContext } from './new-call.ts';
import { checkRecordings } from './recording-policy.ts';
import { startOf } from './start-time.ts';
import { callDestinations, trunkDestinations } from './target-policy.ts';
import { TargetsInUse } from './targets-in-use.ts';

/** Whose call it is. Default of `ids`: new ones. */
type PlacedBy = Omit<CallContext, 'ids' | 'trunk' | 'startAt' | 'admission'> & {
  readonly ids?: IdFactory | undefined;
};

/** Takes calls in and takes them off; every dialect of the API comes here. */
@Injectable()
export class CallDesk {
  constructor(
    @Inject(TOKENS.settings) private readonly settings: ApiSettings,
    @Inject(TOKENS.registry) private readonly registry: CallRegistry,
    @Inject(TOKENS.announcer) private readonly announcer: Announcer,
    @Inject(TOKENS.clock) private readonly clock: Clock,
    @Inject(TOKENS.ids) private readonly ids: IdFactory,
    @Inject(TOKENS.logger) private readonly logger: Logger,
    @Inject(CallDispatch) private readonly dispatch: CallDispatch,
    @Inject(CallRoom) private readonly room: CallRoom,
    @Inject(RequestTraces) private readonly traces: RequestTraces,
    @Inject(KnownTrunks) private readonly trunks: KnownTrunks,
    @Inject(TargetsInUse) private readonly targets: TargetsInUse,
    @Inject(TenantRuleBook) private readonly rules: TenantRuleBook,
  ) {}

  /**
   * Stores the call and brings it on its way.
   * @throws Rejection, Fault CALL_ID_IN_USE, CAPACITY_FULL, APP_DISABLED, CALLS_TOO_MANY, CALLS_WAITING, CALLS_TOO_FAST.
   */
  async place(request: CreateCall, { ids = this.ids, ...context }: PlacedBy): Promise<CallRecord> {
    const startAt = startOf(request, this.clock.wallMs());
    const rules = await this.rules.of(context.appKey);
    rules.checkHosts(callDestinations(request));
    const { outputs } = request;
    await checkRecordings({ outputs, path: 'outputs', folder: this.settings.recordings });
    const trunk = await this.#trunkOf(request, context.appKey);
    if (trunk) rules.checkHosts({ sip: trunkDestinations(trunk.settings, 'trunk') });
    const { traceparent } = this.traces;
    const { admission } = rules;
    const asked = newCallOf(request, {
      ...context,
      ...{ trunk, startAt, ids, admission, traceparent },
    });
    // What is planned waits for its time, and not for a node.
    if (startAt === undefined) await this.room.take();
    const place = { outputs, path: 'outputs', appKey: context.appKey };
    const call = await this.targets.named(place, () => this.registry.createCall(asked));
    this.announcer.announceEvents();
    await this.dispatch.send(call);
    this.logger.info('call.queued', { callId: call.id, outputs: call.outputs.length });
    return call;
  }

  /** @throws Rejection when the trunk is none of the app, or does not take the address; Fault TRUNK_DISABLED. */
  async #trunkOf(
    { trunk: name, to }: CreateCall,
    appKey: string,
  ): Promise<TrunkRecord | undefined> {
    if (name === undefined) return undefined;
    const trunk = await this.trunks.ofApp(name, appKey);
    if (trunk === null) {
      throw new Rejection('REQUEST_INVALID', [{ path: 'trunk', message: 'is no trunk of yours' }]);
    }
    if (!trunk.settings.enabled) throw new Fault('TRUNK_DISABLED');
    const problem = destinationProblem(trunk.settings, to);
    if (problem === undefined) return trunk;
    throw new Rejection('TARGET_REFUSED', [{ path: 'to', message: problem }]);
  }

  /** Asks for the end of a call. @throws Fault CALL_NOT_FOUND, CALL_ALREADY_ENDED. */
  async stop(id: CallId, requestedBy: string): Promise<void> {
    const outcome = await this.registry.requestStop(id, this.ids.commandId(), requestedBy);
    switch (outcome) {
      case 'notFound':
        throw new Fault('CALL_NOT_FOUND');
      case 'alreadyEnded':
        throw new Fault('CALL_ALREADY_ENDED');
      case 'ended':
        this.announcer.announceEvents();
        break;
      case 'asked':
        this.announcer.announceCommand();
        break;
    }
    this.logger.info('call.stop_asked', { callId: id, outcome });
  }
}
