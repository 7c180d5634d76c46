import { nodeProject } from '../../tooling/vitest/node.ts';

export default nodeProject(import.meta.url);
