import { defineConfig, type ViteUserConfig } from 'vitest/config';

const here = (path: string): string => new URL(path, import.meta.url).pathname;

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // A loaded machine is slow, not wrong: the time-out of the test is the one that counts.
    expect: { poll: { timeout: 15_000, interval: 20 } },
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
