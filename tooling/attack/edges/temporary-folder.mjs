import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder of the system's for temporary files. */
export const temporaryFolder = (name) => mkdtempSync(join(tmpdir(), `longspan-attack-${name}-`));
