/** An invariant of ours is broken: our bug, never the world's fault. Fails the call it belongs to. */
export class BugError extends Error {
  override readonly name = 'BugError';
}

/** Throws a BugError unless `condition` holds. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (condition === false || condition === null || condition === undefined)
    throw new BugError(message);
}

/** For the default of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new BugError(`unreachable: ${String(value)}`);
}
