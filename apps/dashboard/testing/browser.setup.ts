import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeEach, vi } from 'vitest';

/*
 * What browsers have and jsdom has not, as far as Mantine asks for it.
 */

/** What is waited for comes at once, but on a machine that does other things too. */
configure({ asyncUtilTimeout: 10_000 });

const nothing = (): void => undefined;

class SilentObserver {
  readonly observe = nothing;
  readonly unobserve = nothing;
  readonly disconnect = nothing;
}

beforeEach(() => {
  const query = { matches: false, addEventListener: nothing, removeEventListener: nothing };
  vi.stubGlobal('matchMedia', () => query);
  vi.stubGlobal('ResizeObserver', SilentObserver);
  vi.stubGlobal('scrollTo', nothing);
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
