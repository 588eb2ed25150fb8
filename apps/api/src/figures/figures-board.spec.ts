import { describe, expect, it } from 'vitest';
import type { CallId, NodeId } from '#domain';
import { FakeFigures, VirtualTime, callStats } from '#testkit';
import { FiguresBoard } from './figures-board.ts';

const CALL = 'call_00000000000000000000000001' as CallId;

function setup() {
  const figures = new FakeFigures();
  const time = new VirtualTime();
  const board = new FiguresBoard(figures, time);
  board.onApplicationBootstrap();
  const tell = (packets: number, epoch = 1) =>
    figures.send([
      {
        callId: CALL,
        appKey: 'default',
        epoch,
        node: 'node_1' as NodeId,
        stats: callStats({ packets }),
      },
    ]);
  const packets = () => board.find(CALL)?.stats.audio.packets;
  return { figures, time, board, tell, packets };
}

describe('the board of figures', () => {
  it('shows the newest ones', () => {
    const { tell, packets } = setup();

    tell(1);
    tell(2);

    expect(packets()).toBe(2);
  });

  it('keeps what is renewed every second, and forgets what is 5 s old', () => {
    const { tell, packets, time } = setup();
    for (let second = 0; second < 20; second++) {
      tell(second);
      time.advance(1_000);
      expect(packets()).toBe(second);
    }

    time.advance(1_400);
    const still = packets();
    time.advance(2_600);

    expect(still).toBe(19);
    expect(packets()).toBeUndefined();
  });

  it('does not believe a node that has lost the call', () => {
    const { board, tell, packets } = setup();
    const heard: number[] = [];
    board.onFigures((figures) => heard.push(...figures.map(({ epoch }) => epoch)));

    tell(10, 2);
    tell(99, 1);
    tell(11, 2);

    expect(packets()).toBe(11);
    expect(heard).toEqual([2, 2]);
  });

  it('hears nothing any more after its end', () => {
    const { figures, board, tell, packets, time } = setup();

    board.onModuleDestroy();
    tell(1);

    expect(packets()).toBeUndefined();
    expect(figures.hearerCount).toBe(0);
    expect(time.pendingCount).toBe(0);
  });
});
