import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests of the packed packages in bundles and in a real browser. They build, pack and install with npm first. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    environment: 'node',
    include: ['*.test.ts'],
    globalSetup: '../release/pack-all.ts',
    testTimeout: 120_000,
    hookTimeout: 600_000,
  },
});
