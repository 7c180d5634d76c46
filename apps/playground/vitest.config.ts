import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import { nodeProject } from '../../tooling/vitest/node.ts';

// The tests of `test` take their time, and a Chromium: `pnpm playground:check` runs them.
const config: ViteUserConfig = mergeConfig(nodeProject(import.meta.url), { test: { exclude: ['test/**'] } });
export default config;
