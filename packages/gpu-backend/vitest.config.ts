import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import { nodeProject } from '../../tooling/vitest/node.ts';

// The tests of `test` need a WebGPU adapter: they have a configuration, and the command `pnpm gpu:check`, of their own.
const config: ViteUserConfig = mergeConfig(nodeProject(import.meta.url), { test: { exclude: ['test/**'] } });

export default config;
