let waiting: (() => void)[] = [];

/** Runs something at the end of this turn of the event loop: one microtask for the connections of all calls. */
export function atTurnsEnd(run: () => void): void {
  if (waiting.push(run) === 1) queueMicrotask(runAll);
}

function runAll(): void {
  const due = waiting;
  waiting = [];
  for (const run of due) {
    try {
      run();
    } catch (bug) {
      // Told as if it stood alone: the others have their turn first.
      queueMicrotask(() => {
        throw bug;
      });
    }
  }
}
