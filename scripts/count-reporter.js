/**
 * Counts vitest's results for `scripts/test.js`, into the file that `TIDINGS_TEST_COUNTS` names.
 */
import { writeFileSync } from 'node:fs';

export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state === 'pending' ? 'failed' : state]++; // It never ended.
      }
      // Failures outside of a test: of the file itself, or of a suite's hook.
      const suites = [...module.children.allSuites()];
      count.failed += [module, ...suites].reduce((sum, suite) => sum + suite.errors().length, 0);
    }
    const line = `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`;
    writeFileSync(process.env.TIDINGS_TEST_COUNTS, line);
  }
}
