import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '#domain';
import type {
  Announcer,
  CallId,
  CallRecord,
  CallRegistry,
  CommandId,
  ErrorCode,
  IdFactory,
  OutputId,
  OutputRecord,
  OutputRegistry,
} from '#domain';
import type { OutputRequest } from '#contracts';
import type { Logger } from '#foundation';
import { CommandAnswers } from '../calls/command-answers.ts';
import { newOutputsOf, placedTargets, targetErrors } from '../calls/output-target.ts';
import { checkRecordings } from '../calls/recording-policy.ts';
import { outputHosts } from '../calls/target-policy.ts';
import { TargetsInUse } from '../calls/targets-in-use.ts';
import { Rejection } from '../http/rejection.ts';
import { TenantRuleBook } from '../tenants/tenant-rules.ts';
import { TOKENS } from '../tokens.ts';
import type { ApiSettings } from '../tokens.ts';

const REFUSALS = {
  notFound: 'CALL_NOT_FOUND',
  noOutput: 'OUTPUT_NOT_FOUND',
  alreadyEnded: 'CALL_ALREADY_ENDED',
  ending: 'CALL_ALREADY_ENDED',
  tooMany: 'OUTPUTS_TOO_MANY',
  busy: 'COMMANDS_TOO_MANY',
  last: 'OUTPUT_LAST',
  notRetrying: 'OUTPUT_NOT_RETRYING',
  over: 'OUTPUT_NOT_RETRYING',
} as const satisfies Record<string, ErrorCode>;

/** An output that was asked about. */
export interface AskedOutput {
  readonly output: OutputRecord;
  /** Whether what was asked for is done; else the owner of the call is about to do it. */
  readonly isDone: boolean;
}

const OVER = 'The output has ended, and nothing leads out of that: add it again.';

/** Adds and removes outputs of calls that live. */
@Injectable()
export class OutputDesk {
  constructor(
    @Inject(TOKENS.settings) private readonly settings: ApiSettings,
    @Inject(TOKENS.registry) private readonly registry: CallRegistry,
    @Inject(TOKENS.outputs) private readonly outputs: OutputRegistry,
    @Inject(TOKENS.announcer) private readonly announcer: Announcer,
    @Inject(TOKENS.ids) private readonly ids: IdFactory,
    @Inject(TOKENS.logger) private readonly logger: Logger,
    @Inject(CommandAnswers) private readonly answers: CommandAnswers,
    @Inject(TargetsInUse) private readonly targets: TargetsInUse,
    @Inject(TenantRuleBook) private readonly rules: TenantRuleBook,
  ) {}

  /**
   * Adds an output, and its backup if it has one; waits up to 2 s for the owner of the call.
   * @throws Rejection, and Fault as in the table above.
   */
  async add(
    { id: callId, appKey }: Pick<CallRecord, 'id' | 'appKey'>,
    request: OutputRequest,
    requestedBy: string,
  ): Promise<AskedOutput> {
    const rules = await this.rules.of(appKey);
    rules.checkHosts({ rtmp: outputHosts([request], '') });
    const errors = targetErrors(placedTargets([request], ''));
    if (errors.length > 0) throw new Rejection('REQUEST_INVALID', errors);
    await checkRecordings({ outputs: [request], path: '', folder: this.settings.recordings });
    const outputs = newOutputsOf([request], { ids: this.ids, callId });
    const commandId = this.ids.commandId();
    const outcome = await this.targets.named({ outputs: [request], path: '', appKey }, () =>
      this.outputs.addOutputs(callId, { id: commandId, requestedBy }, outputs),
    );
    if (outcome !== 'added' && outcome !== 'asked') throw new Fault(REFUSALS[outcome]);
    const [primary] = outputs;
    this.logger.info('output.add_asked', { callId, outputId: primary?.id, outcome });
    return await this.#settled(callId, primary?.id, outcome === 'asked' ? commandId : undefined);
  }

  /**
   * Removes an output and its backup; waits up to 2 s for the owner of the call. One that has ended is left as it is.
   * @throws Fault as in the table above.
   */
  async remove(callId: CallId, id: OutputId, requestedBy: string): Promise<AskedOutput> {
    const commandId = this.ids.commandId();
    const mark = { id: commandId, requestedBy };
    const outcome = await this.outputs.removeOutput(callId, mark, id);
    if (outcome !== 'removed' && outcome !== 'over' && outcome !== 'asked') {
      throw new Fault(REFUSALS[outcome]);
    }
    this.logger.info('output.remove_asked', { callId, outputId: id, outcome });
    return await this.#settled(callId, id, outcome === 'asked' ? commandId : undefined);
  }

  /**
   * Has an output connect now that waits for its next attempt; waits up to 2 s for the owner of the call.
   * @throws Fault as in the table above.
   */
  async retry(callId: CallId, id: OutputId, requestedBy: string): Promise<AskedOutput> {
    const commandId = this.ids.commandId();
    const outcome = await this.outputs.retryOutput(callId, { id: commandId, requestedBy }, id);
    if (outcome !== 'asked') {
      throw new Fault(REFUSALS[outcome], outcome === 'over' ? { detail: OVER } : {});
    }
    this.logger.info('output.retry_asked', { callId, outputId: id });
    return await this.#settled(callId, id, commandId);
  }

  async #settled(
    callId: CallId,
    id: OutputId | undefined,
    commandId: CommandId | undefined,
  ): Promise<AskedOutput> {
    this.announcer.announceEvents();
    if (commandId !== undefined) this.announcer.announceCommand();
    const status = commandId === undefined ? undefined : await this.answers.to(commandId);
    const call = await this.registry.findCall(callId);
    const output = call?.outputs.find((each) => each.id === id);
    if (output === undefined) throw new Fault('OUTPUT_NOT_FOUND');
    return { output, isDone: status === undefined || status.state === 'done' };
  }
}
