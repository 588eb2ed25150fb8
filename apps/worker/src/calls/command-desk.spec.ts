import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import type { CallLedger, CommandFault, CommandId, CommandRecord, OpenedOutput } from '#domain';
import { silentLogger } from '#foundation';
import { VirtualTime } from '#testkit';
import type { CallRoster } from './call-roster.ts';
import { CommandDesk } from './command-desk.ts';

const OUTPUT = 'out_1';
const POLL_MS = 500;

/** A command of call 1, unless it says otherwise. */
const command = (id: string, type: CommandRecord['type'], more: object = {}) => {
  const facts = { id, callId: 'call_1', leftMs: 30_000, type, outputId: OUTPUT, node: 'node_2' };
  return { ...facts, ...more } as unknown as CommandRecord;
};

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};

async function setup(...stored: CommandRecord[]) {
  const time = new VirtualTime();
  const pending = [...stored];
  const told: string[] = [];
  const forget = (id: CommandId): void => {
    pending.splice(0, pending.length, ...pending.filter((one) => one.id !== id));
  };
  const store = { failures: 0, isOwner: true };
  const ledger: Partial<CallLedger> = {
    pendingCommands: () => Promise.resolve([...pending]),
    openOutputs: () => {
      if (store.failures-- > 0) return Promise.reject(new Fault('STORE_UNAVAILABLE'));
      return Promise.resolve([{} as OpenedOutput]);
    },
    beginCommand: (id) => {
      const isThere = store.isOwner && pending.some((one) => one.id === id);
      if (isThere) told.push(`${id} begun`);
      forget(id);
      return Promise.resolve(isThere);
    },
    completeCommand: (id: CommandId, result, fault?: CommandFault) => {
      told.push([id, result, fault?.code].filter((word) => word !== undefined).join(' '));
      forget(id);
      return Promise.resolve();
    },
  };
  const keys: { finish: (() => void)[] } = { finish: [] };
  const lease = { isLost: false, isHeld: () => !lease.isLost };
  const session = (name: string) => ({
    state: 'up',
    lease,
    stop: () => void told.push(`${name} ends`),
    addOutput: () => void told.push('on air'),
    removeOutput: () => Promise.resolve(void told.push('off air')),
    retryOutput: () => Promise.resolve(void told.push('connecting')),
    press: () =>
      new Promise<void>((resolve) => {
        told.push('pressing');
        keys.finish.push(resolve);
      }),
    mute: (isMuted: boolean): Promise<void> => {
      if (lease.isLost) return Promise.reject(new Fault('CALL_ALREADY_ENDED'));
      told.push(`${name} ${isMuted ? 'muted' : 'unmuted'}`);
      return Promise.resolve();
    },
    hold: () => Promise.reject(new Fault('HOLD_REFUSED')),
    transfer: () => Promise.resolve(void told.push('gone')),
  });
  const sessions = new Map(['call_1', 'call_2'].map((id) => [id, session(id)]));
  const desk = new CommandDesk({
    node: 'node_1' as never,
    ledger: ledger as CallLedger,
    announcements: { onCommand: () => () => undefined },
    announcer: { announceCommand: () => void told.push('announced') },
    roster: {
      size: 1,
      find: (id: string) => sessions.get(id),
      reweigh: () => undefined,
    } as unknown as CallRoster,
    clock: time,
    timers: time,
    logger: silentLogger,
  });
  await desk.start();
  const polls = async (count: number): Promise<void> => {
    for (let round = 0; round < count; round++) {
      time.advance(POLL_MS);
      await settle();
    }
  };
  return { time, pending, told, store, keys, lease, polls };
}

describe('commands of one call', () => {
  it('wait for the one before, and are then done at once', async () => {
    const { told, keys, pending, polls } = await setup(command('keys', 'dtmf'));
    await polls(1);
    pending.push(command('mute', 'mute'), command('unmute', 'unmute'));
    await polls(3);
    const before = [...told];

    keys.finish[0]?.();
    await polls(1);

    expect(before).toEqual(['keys begun', 'pressing']);
    expect(told.slice(2)).toEqual([
      'keys done',
      ...['call_1 muted', 'mute done', 'call_1 unmuted', 'unmute done'],
    ]);
  });

  it('do not keep those of another call waiting', async () => {
    const other = command('mute', 'mute', { callId: 'call_2' });
    const { told, polls } = await setup(command('keys', 'dtmf'), other);

    await polls(1);

    expect(told).toContain('mute done');
  });

  it('are overtaken by a hang-up', async () => {
    const { told, pending, polls } = await setup(command('keys', 'dtmf'));
    await polls(1);
    pending.push(command('mute', 'mute'), command('end', 'hangUp'));

    await polls(1);

    expect(told).toEqual(['keys begun', 'pressing', 'call_1 ends', 'end done']);
  });

  it('tell why they were refused', async () => {
    const { told, polls } = await setup(command('hold', 'hold'));

    await polls(1);

    expect(told).toEqual(['hold begun', 'hold refused HOLD_REFUSED']);
  });

  it('that waited beyond their deadline behind another one are not done', async () => {
    const late = command('late', 'mute', { leftMs: 1_000 });
    const { told, keys, polls } = await setup(command('keys', 'dtmf'), late);
    await polls(1);
    await polls(2);

    keys.finish[0]?.();
    await settle();

    expect(told).not.toContain('call_1 muted');
  });
});

describe('a desk whose store is away for a moment', () => {
  it('adds the output later, and only then takes it away again', async () => {
    const world = await setup(command('add', 'addOutput'), command('remove', 'removeOutput'));
    world.store.failures = 1;

    await world.polls(3);

    expect(world.told).toEqual(['on air', 'add done', 'off air', 'remove done']);
  });
});

describe('a retry', () => {
  it('is begun before it is done, so that no other node does it too', async () => {
    const { told, polls } = await setup(command('again', 'retryOutput'));

    await polls(2);

    expect(told).toEqual(['again begun', 'connecting', 'again done']);
  });
});

describe('a call that another node has taken', () => {
  it('has nothing begun here that can be done once only', async () => {
    const { told, store, polls } = await setup(
      command('keys', 'dtmf'),
      command('move', 'transfer'),
    );
    store.isOwner = false;

    await polls(2);

    expect(told).toEqual([]);
  });

  it('leaves to that node what can be done twice', async () => {
    const { told, lease, pending, polls } = await setup(command('mute', 'mute'));
    lease.isLost = true;

    await polls(2);

    expect(told).toEqual([]);
    expect(pending).toHaveLength(1);
  });

  it('is announced to it', async () => {
    const { told, polls } = await setup(command('move', 'transfer'));

    await polls(1);

    expect(told).toEqual(['move begun', 'gone', 'announced', 'move done']);
  });
});
