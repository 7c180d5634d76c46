import { defineConfig } from 'vitest/config';
import { nodeProject } from './tooling/vitest/node.ts';

/** Their tests change nothing of the process that they run in: all share it, and load tfjs and our sources once. */
const shared = nodeProject(import.meta.url, {
  name: 'packages',
  include: ['packages/!(*-backend)/{src,test}/**/*.test.ts', 'tooling/exports/*.test.ts'],
});

// Vitest leaves one core idle when nobody says otherwise: half of a machine of two.
export default defineConfig({ test: { projects: [shared, 'packages/*-backend', 'apps/*', 'tooling'], maxWorkers: '100%' } });
