import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import { nodeProject } from '../../tooling/vitest/node.ts';

// The tests of `test/site` walk through the built page in a Chromium: `pnpm playground:check` runs them.
const config: ViteUserConfig = mergeConfig(nodeProject(import.meta.url), { test: { exclude: ['test/site/**'] } });
export default config;
