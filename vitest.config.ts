import { defineConfig, type ViteUserConfig } from 'vitest/config';

const here = (path: string): string => new URL(path, import.meta.url).pathname;

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
  resolve: {
    alias: [
      { find: /^tidings$/, replacement: here('./src/index.ts') },
      { find: /^tidings\/operators$/, replacement: here('./operators/index.ts') },
    ],
  },
});
export default config;
