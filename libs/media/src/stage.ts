import type { Micros } from '#foundation';

/**
 * One end of a one-way pipe. Data goes down; nothing comes back up.
 *
 * @remarks An item is lent: it is valid until `write` returns, because the hot path fills the same objects
 * again and again. A stage that keeps bytes copies them. Items that may be kept say so in their type.
 */
export interface Sink<T> {
  /** Takes one item. Never throws for bad media: what cannot be used is dropped and counted. */
  write(item: T): void;
  /** Time passes even when no data comes. Called once for every 20 ms of the broadcast. */
  tick(now: Micros): void;
  /** No more will come: flush, then pass on. Called once. */
  end(): void;
  /** The path from here on, in words: `jitter(60ms) > decode(0:pcmu) > …`. */
  describe(): string;
}

/** A step of a path: given what comes behind it, it is the sink of what comes before it. */
export type Stage<I, O> = (next: Sink<O>) => Sink<I>;

/** A path under construction, written in the order in which the data flows. */
export interface Chain<I, O> {
  /** Adds a step. A step that does not fit the one before it does not compile. */
  to<P>(stage: Stage<O, P>): Chain<I, P>;
  /** Closes the path and gives its head. */
  into(sink: Sink<O>): Sink<I>;
}

/** Begins a path that takes items of type `T`. */
export function chain<T>(): Chain<T, T> {
  return link((next) => next);
}

function link<I, O>(assemble: (last: Sink<O>) => Sink<I>): Chain<I, O> {
  return {
    to: (stage) => link((last) => assemble(stage(last))),
    into: assemble,
  };
}

/** The parts of a stage that only pass on: time, the end and the description. */
export abstract class PassingStage<I, O> implements Sink<I> {
  protected readonly next: Sink<O>;

  constructor(next: Sink<O>) {
    this.next = next;
  }

  abstract write(item: I): void;

  /** This stage alone, in words. */
  protected abstract name(): string;

  tick(now: Micros): void {
    this.next.tick(now);
  }

  end(): void {
    this.next.end();
  }

  describe(): string {
    return `${this.name()} > ${this.next.describe()}`;
  }
}
