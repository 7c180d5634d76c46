import type { ViteUserConfig } from 'vitest/config';
import { nodeProject } from '../../tooling/vitest/node.ts';

const config: ViteUserConfig = nodeProject(import.meta.url);

export default config;
