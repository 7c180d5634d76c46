import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Runs a script that the page hands out, on the packages of the workspace, and gives what it prints. */
export async function runCode(code: string): Promise<string> {
  const place = await mkdtemp(join(folder, 'node_modules/.code-'));
  try {
    const file = join(place, 'code.mts');
    await writeFile(file, code);
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--conditions=@longspan/source', file], {
      cwd: folder,
    });
    return stdout;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
