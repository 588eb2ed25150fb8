/** What a client needs of the machine it runs on. Tests put their own in its place. */
export interface World {
  /** Wall clock, in milliseconds since 1970. */
  nowMs(): number;
  /** From 0 to less than 1. */
  random(): number;
  /** A key that nobody else has. */
  newKey(): string;
  /** Runs `action` once, after so many milliseconds. @returns Takes it back. */
  after(ms: number, action: () => void): () => void;
}

/** 128 random bits in hex. Not `randomUUID`, which browsers keep from pages without TLS. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The machine itself. */
export const realWorld: World = {
  nowMs: () => Date.now(),
  random: () => Math.random(),
  newKey,
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

/** Waits. @throws The reason of the signal as soon as it is aborted. */
export function pause(world: World, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      cancel();
      reject(reasonOf(signal));
    };
    const cancel = world.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Why a signal was aborted, as something that can be thrown. */
export function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
