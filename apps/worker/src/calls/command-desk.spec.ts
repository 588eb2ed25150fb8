import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import type { CallLedger, CommandId, CommandRecord, NodeId, OpenedOutput } from '#domain';
import { silentLogger } from '#foundation';
import { VirtualTime } from '#testkit';
import type { CallRoster } from './call-roster.ts';
import { CommandDesk } from './command-desk.ts';

const OUTPUT = 'out_1';
const command = (id: string, type: 'addOutput' | 'removeOutput') =>
  ({ id, callId: 'call_1', type, outputId: OUTPUT }) as unknown as CommandRecord;

describe('a desk whose store is away for a moment', () => {
  it('adds the output later, and only then takes it away again', async () => {
    const told: string[] = [];
    const pending = [command('add', 'addOutput'), command('remove', 'removeOutput')];
    let failures = 1;
    const ledger: Partial<CallLedger> = {
      pendingCommands: () => Promise.resolve([...pending]),
      openOutputs: () => {
        if (failures-- > 0) return Promise.reject(new Fault('STORE_UNAVAILABLE'));
        return Promise.resolve([{} as OpenedOutput]);
      },
      completeCommand: (id: CommandId, result) => {
        told.push(`${id} ${result}`);
        pending.splice(0, pending.length, ...pending.filter((one) => one.id !== id));
        return Promise.resolve();
      },
    };
    const session = {
      addOutput: () => told.push('on air'),
      removeOutput: () => Promise.resolve(void told.push('off air')),
    };
    const time = new VirtualTime();
    const desk = new CommandDesk({
      node: 'node_1' as NodeId,
      ledger: ledger as CallLedger,
      announcements: { onCommand: () => () => undefined } as never,
      roster: { size: 1, find: () => session, reweigh: () => undefined } as unknown as CallRoster,
      timers: time,
      logger: silentLogger,
    });
    await desk.start();

    for (let round = 0; round < 3; round++) {
      time.advance(500);
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    }
    await desk.stop();

    expect(told).toEqual(['on air', 'add done', 'off air', 'remove done']);
  });
});
