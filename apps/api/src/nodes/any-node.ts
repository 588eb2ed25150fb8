import type { NodeAnswer, NodeClient } from '#adapters/nodes-http';
import { Fault } from '#domain';
import type { NodeRecord, NodeRegistry } from '#domain';

/** As long as one does not answer the client waits. */
const MAX_NODES = 3;

/** Of a connection that never was. */
const NOT_REACHED: readonly unknown[] = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
];

/** Of what nodes are asked. */
export interface AnyNodeParts {
  readonly nodes: NodeRegistry;
  readonly client: NodeClient;
}

/**
 * Asks any node that can be reached, those that take calls first: one that has just died is still listed. One that is still
 * at it must not meet another one at the same target.
 * @throws Fault NODE_UNREACHABLE, CHECKS_TOO_MANY.
 */
export async function askAnyNode(
  { nodes, client }: AnyNodeParts,
  ask: { readonly path: string; readonly body: object; readonly timeoutMs: number },
): Promise<{ readonly node: NodeRecord; readonly answer: NodeAnswer }> {
  const listed = (await nodes.listNodes()).filter(({ url }) => url !== null);
  const candidates = [
    ...listed.filter(({ refusal }) => refusal === null),
    ...listed.filter(({ refusal }) => refusal !== null),
  ];
  let last = new Fault('NODE_UNREACHABLE', { detail: 'No worker runs that could try it.' });
  for (const node of candidates.slice(0, MAX_NODES)) {
    try {
      const answer = await client.postJson(node, ask);
      if (answer.status === 429) throw new Fault('CHECKS_TOO_MANY');
      return { node, answer };
    } catch (error) {
      if (!(error instanceof Fault) || !mayTryElsewhere(error)) throw error;
      last = error;
    }
  }
  throw last;
}

const mayTryElsewhere = ({ code, cause }: Fault): boolean =>
  code === 'CHECKS_TOO_MANY' ||
  (cause instanceof Error && 'code' in cause && NOT_REACHED.includes(cause.code));
