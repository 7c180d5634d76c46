import { mergeConfig } from 'vitest/config';
import { nodeProject } from './vitest/node.ts';

// The tests of releases and of browsers install packed packages with npm: they have configurations, and commands, of their own; those of all
// exports share a process.
export default mergeConfig(nodeProject(import.meta.url, { isolate: true }), {
  test: { include: ['**/*.test.ts'], exclude: ['release/**', 'browsers/**', 'exports/**', '**/node_modules/**'] },
});
