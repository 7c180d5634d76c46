import { mergeConfig } from 'vitest/config';
import { nodeProject } from './vitest/node.ts';

// The release tests install packed packages with npm: they have a configuration, and a command, of their own.
export default mergeConfig(nodeProject(import.meta.url), {
  test: { include: ['**/*.test.ts'], exclude: ['release/**', '**/node_modules/**'] },
});
