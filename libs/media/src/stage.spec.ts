import { describe, expect, it } from 'vitest';
import { microsFromMs } from '#foundation';
import { PassingStage, chain } from './stage.ts';
import type { Sink, Stage } from './stage.ts';

class Doubled extends PassingStage<number, string> {
  write(item: number): void {
    this.next.write(String(item * 2));
  }
  protected name(): string {
    return 'double';
  }
}
const doubled: Stage<number, string> = (next) => new Doubled(next);

class Trimmed extends PassingStage<string, string> {
  write(item: string): void {
    this.next.write(item.trim());
  }
  protected name(): string {
    return 'trim';
  }
}
const trimmed: Stage<string, string> = (next) => new Trimmed(next);

function recorder() {
  const calls: string[] = [];
  const sink: Sink<string> = {
    write: (item) => void calls.push(item),
    tick: (now) => void calls.push(`tick ${now}`),
    end: () => void calls.push('end'),
    describe: () => 'recorder',
  };
  return { sink, calls };
}

describe('a chain of stages', () => {
  it('passes items, time and the end in the order in which it is written', () => {
    const { sink, calls } = recorder();
    const head = chain<number>().to(doubled).to(trimmed).into(sink);

    head.write(21);
    head.tick(microsFromMs(20));
    head.end();

    expect(calls).toEqual(['42', 'tick 20000', 'end']);
  });

  it('prints itself', () => {
    const head = chain<number>().to(doubled).to(trimmed).into(recorder().sink);

    expect(head.describe()).toBe('double > trim > recorder');
  });

  it('does not compile in a wrong order', () => {
    // @ts-expect-error -- a stage that takes numbers cannot follow one that gives strings.
    const wrong = () => chain<number>().to(doubled).to(doubled);

    expect(wrong).toBeTypeOf('function');
  });
});
