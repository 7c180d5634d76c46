import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import { nodeProject } from '../../../tooling/vitest/node.ts';

/**
 * Tests that take their time: what views compute and hand out as code, in Node, and `site`, which walks through the built page in a real
 * Chromium. It is built first.
 */
export default mergeConfig(nodeProject(import.meta.url, { isolate: true }), {
  test: {
    include: ['**/*.test.ts'],
    globalSetup: fileURLToPath(new URL('site/build-site.ts', import.meta.url)),
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: '100%',
  },
});
