import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import { nodeProject } from '../../tooling/vitest/node.ts';

// The tests of `test/webgpu` need a WebGPU adapter: `pnpm gpu:check` runs them.
const config: ViteUserConfig = mergeConfig(nodeProject(import.meta.url), { test: { exclude: ['test/webgpu/**'] } });
export default config;
