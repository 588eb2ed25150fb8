import { defineConfig } from 'vitest/config';

const conditions = ['source', 'node'];
const shared = {
  root: new URL('..', import.meta.url).pathname,
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['node'] } },
};

/** End-to-end specs that listen to the sound as it comes, or stop what all stand on: nothing else may run beside them. */
const ALONE = ['bad-network', 'broadcast', 'services-away', 'session-changes', 'talking-peers'].map(
  (name) => `test/e2e/${name}.spec.ts`,
);

/** Real programs in real time, on machines that pause now and then: what fails by that passes the second time. */
const RETRIES = 1;

export default defineConfig({
  ...shared,
  test: {
    globals: false,
    pool: 'forks',
    // Without it one core of two would idle.
    maxWorkers: 2,
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          isolate: false,
          include: ['libs/**/*.spec.ts', 'apps/**/*.spec.ts'],
          // They take milliseconds; so long only on a machine that does other things too.
          testTimeout: 30_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'dashboard',
          isolate: false,
          environment: 'jsdom',
          setupFiles: ['apps/dashboard/testing/browser.setup.ts'],
          include: ['apps/dashboard/**/*.spec.tsx'],
          testTimeout: 30_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'architecture',
          include: ['test/architecture/**/*.spec.ts'],
          testTimeout: 120_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'conformance',
          retry: RETRIES,
          include: ['test/conformance/**/*.spec.ts'],
          testTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          retry: RETRIES,
          include: ['test/integration/**/*.spec.ts'],
          globalSetup: ['test/support/services.global.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          retry: RETRIES,
          include: ['test/e2e/**/*.spec.ts'],
          exclude: ALONE,
          // Real time counts here: two at a time leave the machine half idle.
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e-alone',
          retry: RETRIES,
          include: ALONE,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
