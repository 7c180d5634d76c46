import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A package that `install` put into the bench's folder; the workspace knows nothing of it. */
export const installed = (folder: string, name: string): unknown => createRequire(join(folder, 'package.json'))(name);
