import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import { nodeProject } from '../vitest/node.ts';

// They start no processes, and all of our packages take a while to load.
const config: ViteUserConfig = mergeConfig(nodeProject(import.meta.url), { test: { name: 'exports', include: ['*.test.ts'] } });

export default config;
