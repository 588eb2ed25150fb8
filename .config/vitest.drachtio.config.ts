import { defineConfig } from 'vitest/config';

// What `npm run test:drachtio -- URL` runs: the signalling against a server that is there already.
const conditions = ['source', 'node'];

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['node'] } },
  test: {
    globals: false,
    pool: 'forks',
    fileParallelism: false,
    reporters: ['default', './test/support/summary-reporter.ts'],
    include: [
      'test/conformance/dialer*.spec.ts',
      'test/e2e/{broadcast,endings,failover,interop,secrets,session-changes,wcs}.spec.ts',
    ],
    setupFiles: ['test/support/drachtio-differences.setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
