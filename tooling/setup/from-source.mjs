import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './workspace.mjs';

/** The arguments that make Node run a TypeScript file of the workspace on the sources of all packages, from any folder. */
export function fromSource(file, args) {
  const tsx = pathToFileURL(createRequire(join(root, 'package.json')).resolve('tsx')).href;
  return ['--import', tsx, '--conditions=@longspan/source', join(root, file), ...args];
}
