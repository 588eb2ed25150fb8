import { Inject, Injectable } from '@nestjs/common';
import type { NodeClient } from '#adapters/nodes-http';
import { targetAttemptSchema } from '#contracts';
import type { CheckOutput, OutputCheckView, TargetAttemptRequest } from '#contracts';
import { Fault, judgeTarget } from '#domain';
import type { NodeRecord, NodeRegistry, OutputRegistry, TargetAttempt } from '#domain';
import type { Logger } from '#foundation';
import { targetErrors, targetOf } from '../calls/output-target.ts';
import { checkTargetUrl } from '../calls/target-policy.ts';
import { Rejection } from '../http/rejection.ts';
import { TOKENS } from '../tokens.ts';
import type { ApiSettings } from '../tokens.ts';

/** All steps of a publish, each with its own patience, and the second on air. */
const TIMEOUT_MS = 65_000;
/** As long as one does not answer the client waits. */
const MAX_NODES = 3;

/** Has a worker try a target before a call needs it. */
@Injectable()
export class OutputCheckDesk {
  constructor(
    @Inject(TOKENS.settings) private readonly settings: ApiSettings,
    @Inject(TOKENS.outputs) private readonly outputs: OutputRegistry,
    @Inject(TOKENS.nodes) private readonly nodes: NodeRegistry,
    @Inject(TOKENS.nodeClient) private readonly client: NodeClient,
    @Inject(TOKENS.logger) private readonly logger: Logger,
  ) {}

  /**
   * Publishes a second of silence from one of the workers, and judges what became of it.
   * @throws Rejection, Fault TARGET_IN_USE, NODE_UNREACHABLE, CHECKS_TOO_MANY.
   */
  async check(request: CheckOutput): Promise<OutputCheckView> {
    if (!this.settings.allowPrivateTargets) checkTargetUrl(request.url);
    const errors = targetErrors([{ path: '', request }]);
    if (errors.length > 0) throw new Rejection('REQUEST_INVALID', errors);
    const { url, streamKey, urlCredentials } = targetOf(request);
    // Some servers take a second publisher in the place of the first: a check must not end a show.
    if (await this.outputs.isTargetTaken(url, streamKey)) throw new Fault('TARGET_IN_USE');
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

  /** By any node that can be reached, those that take calls first: one that has just died is still listed. */
  async #try(body: TargetAttemptRequest): Promise<{ node: NodeRecord; attempt: TargetAttempt }> {
    const listed = (await this.nodes.listNodes()).filter(({ url }) => url !== null);
    const nodes = [
      ...listed.filter(({ refusal }) => refusal === null),
      ...listed.filter(({ refusal }) => refusal !== null),
    ];
    let last = new Fault('NODE_UNREACHABLE', {
      detail: 'No worker runs that could try the target.',
    });
    for (const node of nodes.slice(0, MAX_NODES)) {
      try {
        return { node, attempt: await this.#attempt(node, body) };
      } catch (error) {
        // One that is still at it must not meet another one at the target.
        if (!(error instanceof Fault) || !mayTryElsewhere(error)) throw error;
        last = error;
      }
    }
    throw last;
  }

  async #attempt(node: NodeRecord, body: TargetAttemptRequest): Promise<TargetAttempt> {
    const path = '/internal/outputs/check';
    const answer = await this.client.postJson(node, { path, body, timeoutMs: TIMEOUT_MS });
    if (answer.status === 429) throw new Fault('CHECKS_TOO_MANY');
    const parsed = targetAttemptSchema.safeParse(answer.body);
    if (answer.status === 200 && parsed.success) return parsed.data;
    throw new Fault('NODE_UNREACHABLE', { detail: 'The worker cannot try the target.' });
  }
}

/** Of a connection that never was. */
const NOT_REACHED: readonly unknown[] = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
];

const mayTryElsewhere = ({ code, cause }: Fault): boolean =>
  code === 'CHECKS_TOO_MANY' ||
  (cause instanceof Error && 'code' in cause && NOT_REACHED.includes(cause.code));
