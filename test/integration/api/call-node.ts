import { expect } from 'vitest';
import type { CallId, CallState, CommandId, DtmfOrder, NodeId } from '#domain';
import { silentLogger, systemClock, systemTimers } from '#foundation';
import type { CallRoster } from '../../../apps/worker/src/calls/call-roster.ts';
import { CommandDesk } from '../../../apps/worker/src/calls/command-desk.ts';
import { callBody } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';

/** The node that the calls of the specs are on. */
export const NODE = 'node_00000000000000000000000001' as NodeId;

async function move({ store }: ApiWorld, id: CallId, state: CallState): Promise<void> {
  const call = await store.registry.findCall(id);
  if (call === null) throw new Error(`no call ${id}`);
  const isDone = await store.ledger.commit({
    callId: id,
    epoch: call.epoch,
    version: call.version,
    transitions: [{ machine: 'call', from: call.state, to: state, event: 'rang' }],
    call: { state },
    outputs: new Map(),
    events: [],
  });
  expect(isDone).toBe(true);
}

/** Places a call; it waits in the queue. */
export async function place({ as }: ApiWorld, name: string): Promise<CallId> {
  const answer = await as.post('/v1/calls').send(callBody(name)).expect(202);
  return (answer.body as { id: CallId }).id;
}

/** Places a call that is answered at a node at once. */
export async function placeAnswered(world: ApiWorld, name: string, node = NODE): Promise<CallId> {
  const id = await place(world, name);
  await takeAnswered(world, id, node);
  return id;
}

/** The node takes a call from the queue, and it is answered. */
export async function takeAnswered(world: ApiWorld, id: CallId, node: NodeId): Promise<void> {
  const call = await world.store.registry.findCall(id);
  await world.store.ledger.claim(id, call?.epoch ?? 0, node);
  await move(world, id, 'dialing');
  await move(world, id, 'up');
}

/** The call is over. */
export const end = (world: ApiWorld, id: CallId): Promise<void> => move(world, id, 'ended');

/** What was asked of the leg of a call, in words. */
export type LegWork = (what: string, id: CommandId | undefined) => Promise<void>;

/** What a node does with commands, with legs that write down what they are told. */
export class CallNode {
  readonly told: string[] = [];
  readonly #desk: CommandDesk;

  constructor({ store, announcements }: ApiWorld, node: NodeId, leg: LegWork) {
    const tell = (what: string, id?: CommandId): Promise<void> => {
      this.told.push(what);
      return leg(what, id);
    };
    const session = {
      ...{ state: 'up', lease: { isHeld: () => true } },
      press: ({ method, keys }: DtmfOrder, id: CommandId) =>
        tell(`${method ?? ''} ${keys.reveal()}`.trim(), id),
      mute: (isMuted: boolean) => tell(isMuted ? 'mute' : 'unmute'),
      hold: (isHeld: boolean) => tell(isHeld ? 'hold' : 'resume'),
      transfer: (to: NodeId) => tell(`transfer ${to}`),
      stop: () => void this.told.push('hang up'),
    };
    const roster = { size: 1, find: () => session } as unknown as CallRoster;
    this.#desk = new CommandDesk({
      ...{ node, ledger: store.ledger, announcements, roster, announcer: announcements },
      ...{ clock: systemClock, timers: systemTimers, logger: silentLogger },
    });
  }

  start(): Promise<void> {
    return this.#desk.start();
  }

  stop(): Promise<void> {
    return this.#desk.stop();
  }
}

/** Runs nodes while something is done. */
export async function withNodes(
  nodes: readonly CallNode[],
  work: () => Promise<void>,
): Promise<void> {
  await Promise.all(nodes.map((node) => node.start()));
  try {
    await work();
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
}
