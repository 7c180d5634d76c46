import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests of what would be published: they build, pack, install with npm, and take minutes. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    environment: 'node',
    include: ['*.test.ts'],
    globalSetup: './pack-all.ts',
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // One at a time: npm installs side by side on two cores only wait for each other.
    fileParallelism: false,
  },
});
