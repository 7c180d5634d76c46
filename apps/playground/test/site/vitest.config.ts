import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Walks through the built page in a real Chromium. It builds the site first. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    environment: 'node',
    include: ['**/*.test.ts'],
    globalSetup: './build-site.ts',
    testTimeout: 90_000,
    hookTimeout: 180_000,
    fileParallelism: false,
  },
});
