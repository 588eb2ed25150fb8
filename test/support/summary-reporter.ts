import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Prints the one closing line that CI reads: `N passed, N failed, N skipped`. Before it come the tests that passed only
 * the second time, for somebody has to find out why.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) count.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== 'pending') count[state]++;
        const { retryCount = 0 } = test.diagnostic() ?? {};
        if (state === 'passed' && retryCount > 0) {
          console.log(`passed the second time: ${module.relativeModuleId} > ${test.fullName}`);
        }
      }
    }
    console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  }
}
