import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '#domain';
import type {
  Announcer,
  CallId,
  CallRecord,
  CallRegistry,
  CommandId,
  CommandStatus,
  DtmfOrder,
  ErrorCode,
  IdFactory,
} from '#domain';
import type { CreateCall } from '#contracts';
import type { Logger, Timers } from '#foundation';
import { TOKENS } from '../tokens.ts';
import type { ApiSettings } from '../tokens.ts';
import { CallDispatch } from './call-dispatch.ts';
import { newCallOf } from './new-call.ts';
import type { CallContext } from './new-call.ts';
import { checkTargets } from './target-policy.ts';

/** How long a client is kept waiting for what becomes of its command. */
const ANSWER_MS = 2_000;
const LOOK_MS = 100;

const DTMF_REFUSALS = {
  notFound: 'CALL_NOT_FOUND',
  notAnswered: 'CALL_NOT_ANSWERED',
  alreadyEnded: 'CALL_ALREADY_ENDED',
  busy: 'COMMANDS_TOO_MANY',
} as const satisfies Record<string, ErrorCode>;

/** Takes calls in and takes them off; every dialect of the API comes here. */
@Injectable()
export class CallDesk {
  constructor(
    @Inject(TOKENS.settings) private readonly settings: ApiSettings,
    @Inject(TOKENS.registry) private readonly registry: CallRegistry,
    @Inject(TOKENS.announcer) private readonly announcer: Announcer,
    @Inject(TOKENS.ids) private readonly ids: IdFactory,
    @Inject(TOKENS.timers) private readonly timers: Timers,
    @Inject(TOKENS.logger) private readonly logger: Logger,
    @Inject(CallDispatch) private readonly dispatch: CallDispatch,
  ) {}

  /** Stores the call and brings it on its way. @throws Rejection, Fault CALL_ID_IN_USE, TARGET_IN_USE. */
  async place(request: CreateCall, context: Omit<CallContext, 'ids'>): Promise<CallRecord> {
    if (!this.settings.allowPrivateTargets) checkTargets(request);
    const call = await this.registry.createCall(newCallOf(request, { ...context, ids: this.ids }));
    this.announcer.announceEvents();
    await this.dispatch.send(call);
    this.logger.info('call.queued', { callId: call.id, outputs: call.outputs.length });
    return call;
  }

  /** Asks for the end of a call. @throws Fault CALL_NOT_FOUND, CALL_ALREADY_ENDED. */
  async stop(id: CallId): Promise<void> {
    const outcome = await this.registry.requestStop(id, this.ids.commandId());
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

  /**
   * Has keys pressed within a call; waits up to 2 s for what becomes of it.
   * @returns The command, which may still wait or run.
   * @throws Fault CALL_NOT_FOUND, CALL_NOT_ANSWERED, CALL_ALREADY_ENDED, COMMANDS_TOO_MANY, or why it was refused.
   */
  async press(callId: CallId, order: DtmfOrder): Promise<CommandStatus> {
    const commandId = this.ids.commandId();
    const outcome = await this.registry.requestDtmf(callId, commandId, order);
    if (outcome !== 'asked') throw new Fault(DTMF_REFUSALS[outcome]);
    this.announcer.announceCommand();
    this.logger.info('call.dtmf_asked', { callId, commandId });
    return await this.#answerTo(commandId);
  }

  async #answerTo(commandId: CommandId): Promise<CommandStatus> {
    for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
      const status = await this.registry.findCommand(commandId);
      if (status === null) throw new Fault('CALL_NOT_FOUND');
      if (status.state === 'refused') {
        // Without a word it was refused by the end of the call.
        const { fault } = status;
        throw fault === null ? new Fault('CALL_ALREADY_ENDED') : new Fault(fault.code, fault);
      }
      if (status.state === 'done' || waitedMs >= ANSWER_MS) return status;
      await new Promise<void>((resolve) => void this.timers.after(LOOK_MS, resolve));
    }
  }
}
