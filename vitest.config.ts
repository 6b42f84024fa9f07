import { defineConfig, type ViteUserConfig } from 'vitest/config';

const here = (path: string): string => new URL(path, import.meta.url).pathname;

/** Tests that need real servers, browsers, other runtimes or minutes. */
const SYSTEM = 'test/**/*.system.test.ts';

const config: ViteUserConfig = defineConfig({
  test: {
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A loaded machine is slow, not wrong: the time-out of the test is the one that counts.
    expect: { poll: { timeout: 45_000, interval: 20 } },
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: [SYSTEM] } },
      { extends: true, test: { name: 'system', include: [SYSTEM] } },
    ],
  },
  resolve: {
    alias: [
      { find: /^tidings$/, replacement: here('./src/index.ts') },
      { find: /^tidings\/operators$/, replacement: here('./operators/index.ts') },
      { find: /^tidings\/journal$/, replacement: here('./src/journal.ts') },
    ],
  },
});
export default config;
