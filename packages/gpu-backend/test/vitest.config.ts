import { fileURLToPath } from 'node:url';
import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import { nodeProject } from '../../../tooling/vitest/node.ts';
import { adapterEnvironment } from '../../../tooling/webgpu/environment.ts';

// Of the processes that run the tests: the Vulkan loader reads it when they start.
Object.assign(process.env, adapterEnvironment(process.env));

/** The tests that need a WebGPU adapter. Each file has a process, so a device, of its own. */
const config: ViteUserConfig = mergeConfig(nodeProject(import.meta.url, { isolate: true }), {
  test: {
    name: 'webgpu',
    include: ['**/*.test.ts', '../../../apps/bench/test/webgpu/*.test.ts'],
    pool: 'forks',
    setupFiles: [fileURLToPath(new URL('./start.ts', import.meta.url))],
    testTimeout: 600_000, // Mesa takes minutes to compile what SwiftShader does in seconds
    hookTimeout: 120_000,
  },
});

export default config;
