import { Inject, Injectable } from '@nestjs/common';
import type { NodeClient } from '#adapters/nodes-http';
import { targetAttemptSchema } from '#contracts';
import type { CheckOutput, OutputCheckView, TargetAttemptRequest } from '#contracts';
import { Fault, judgeTarget } from '#domain';
import type { NodeRecord, NodeRegistry, TargetAttempt } from '#domain';
import type { Logger } from '#foundation';
import { targetErrors, targetOf } from '../calls/output-target.ts';
import { TargetsInUse } from '../calls/targets-in-use.ts';
import { Rejection } from '../http/rejection.ts';
import { askAnyNode } from '../nodes/any-node.ts';
import { TenantRuleBook } from '../tenants/tenant-rules.ts';
import { TOKENS } from '../tokens.ts';

/** All steps of a publish, each with its own patience, and the second on air. */
const TIMEOUT_MS = 65_000;

/** Has a worker try a target before a call needs it. */
@Injectable()
export class OutputCheckDesk {
  constructor(
    @Inject(TenantRuleBook) private readonly rules: TenantRuleBook,
    @Inject(TargetsInUse) private readonly targets: TargetsInUse,
    @Inject(TOKENS.nodes) private readonly nodes: NodeRegistry,
    @Inject(TOKENS.nodeClient) private readonly client: NodeClient,
    @Inject(TOKENS.logger) private readonly logger: Logger,
  ) {}

  /**
   * Publishes a second of silence from one of the workers, and judges what became of it.
   * @throws Rejection, Fault NODE_UNREACHABLE, CHECKS_TOO_MANY.
   */
  async check(request: CheckOutput, appKey: string): Promise<OutputCheckView> {
    const rules = await this.rules.of(appKey);
    rules.checkHosts({ rtmp: [{ path: 'url', hosts: [new URL(request.url).hostname] }] });
    const errors = targetErrors([{ path: '', request }]);
    if (errors.length > 0) throw new Rejection('REQUEST_INVALID', errors);
    const { url, streamKey, urlCredentials } = targetOf(request);
    // Some servers take a second publisher in the place of the first: a check must not end a show.
    await this.targets.refuse(request, appKey);
    const { node, attempt } = await this.#try({
      url,
      streamKey: streamKey.reveal(),
      credentials: urlCredentials?.reveal() ?? null,
      sampleRate: request.audio.sampleRate,
    });
    const check = judgeTarget(attempt, {
      host: new URL(url).hostname,
      hasLogin: urlCredentials !== null,
      ...(request.platform === undefined ? {} : { platform: request.platform }),
      plan: {
        secure: url.startsWith('rtmps:'),
        audio: request.audio,
        ...(request.video === undefined ? {} : { video: request.video }),
      },
    });
    const { ok, platform, problem } = check;
    this.logger.info('output.checked', { ok, platform, code: problem?.code ?? null });
    return {
      ...check,
      url,
      node: node.id,
      steps: [...check.steps],
      rules: [...check.rules],
    };
  }

  async #try(body: TargetAttemptRequest): Promise<{ node: NodeRecord; attempt: TargetAttempt }> {
    const { nodes, client } = this;
    const ask = { path: '/internal/outputs/check', body, timeoutMs: TIMEOUT_MS };
    const { node, answer } = await askAnyNode({ nodes, client }, ask);
    const parsed = targetAttemptSchema.safeParse(answer.body);
    if (answer.status === 200 && parsed.success) return { node, attempt: parsed.data };
    throw new Fault('NODE_UNREACHABLE', { detail: 'The worker cannot try the target.' });
  }
}
