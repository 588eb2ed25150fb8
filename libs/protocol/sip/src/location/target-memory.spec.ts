import { describe, expect, it } from 'vitest';
import { VirtualTime } from '#testkit';
import type { TransportPath } from '../transaction/transport-path.ts';
import { TargetMemory } from './target-memory.ts';

const at = (address: string, port = 5060): TransportPath => ({ transport: 'udp', address, port });
const A = at('192.0.2.1');
const B = at('192.0.2.2');
const C = at('192.0.2.3');

function setup() {
  const time = new VirtualTime();
  return { time, memory: new TargetMemory(time) };
}

describe('the memory of targets', () => {
  it('keeps the order as long as nothing is known', () => {
    expect(setup().memory.inOrder([B, A, C], 'call')).toEqual([B, A, C]);
  });

  it('puts a target that failed behind the others for a minute', () => {
    const { time, memory } = setup();

    memory.failed(A);
    const during = memory.inOrder([A, B, C], 'call');
    time.advance(60_000);

    expect(during).toEqual([B, C, A]);
    expect(memory.inOrder([A, B, C], 'call')).toEqual([A, B, C]);
  });

  it('keeps all targets when all have failed', () => {
    const { memory } = setup();

    memory.failed(A);
    memory.failed(B);

    expect(memory.inOrder([A, B], 'call')).toEqual([A, B]);
  });

  it.each([
    [5, 5],
    [100_000, 300],
  ])('lets a target rest %i s if it says so, for %i s', (asked, given) => {
    const { time, memory } = setup();

    memory.failed(A, asked);
    time.advance(given * 1000 - 1);
    const before = memory.inOrder([A, B], 'call');
    time.advance(1);

    expect(before).toEqual([B, A]);
    expect(memory.inOrder([A, B], 'call')).toEqual([A, B]);
  });

  it('forgets the failure of a target that answers', () => {
    const { memory } = setup();

    memory.failed(A);
    memory.answered(A, 'one');

    expect(memory.inOrder([A, B], 'other')).toEqual([A, B]);
  });

  it('leads requests with one Call-ID to the target that answered it, for a minute', () => {
    const { time, memory } = setup();

    memory.answered(B, 'one');
    const same = memory.inOrder([A, B], 'one');
    const other = memory.inOrder([A, B], 'two');
    time.advance(60_000);

    expect([same, other]).toEqual([
      [B, A],
      [A, B],
    ]);
    expect(memory.inOrder([A, B], 'one')).toEqual([A, B]);
  });

  it('does not lead there any more once it has failed', () => {
    const { memory } = setup();

    memory.answered(B, 'one');
    memory.failed(B);

    expect(memory.inOrder([A, B], 'one')).toEqual([A, B]);
  });

  it('tells targets apart by the name that their certificate must carry', () => {
    const { memory } = setup();
    const one: TransportPath = { ...A, transport: 'tls', serverName: 'one.example' };
    const two: TransportPath = { ...one, serverName: 'two.example' };

    memory.failed(one);

    expect(memory.inOrder([one, two], 'call')).toEqual([two, one]);
  });

  it('stays small', () => {
    const { time, memory } = setup();

    for (let port = 1; port <= 20_000; port += 1) {
      memory.failed(at('192.0.2.1', port));
      memory.answered(at('192.0.2.2', port), `call ${port}`);
    }
    const full = memory.size;
    time.advance(61_000);
    memory.failed(A);
    memory.answered(B, 'last');

    expect(full).toBe(1024 + 4096);
    expect(memory.size).toBe(2);
  });
});
