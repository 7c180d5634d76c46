import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ExplainedError, type Explanation } from '@longspan/core-tensor/error';

/** Paths, or the choice among what is there, leave nothing to be replayed. */
export class PathError extends ExplainedError {
  constructor(explanation: Omit<Explanation, 'caller'>) {
    super({ caller: 'parity', ...explanation });
  }
}

/**
 * All files below a directory that may be fixtures (*.safetensors, *.json), in the order of their paths; a file is taken as
 * it is. Links are followed, each directory once. Throws PathError where the path does not exist.
 */
export async function fixtureFiles(path: string): Promise<readonly string[]> {
  const kind = await stat(path).catch(() => undefined);
  if (kind === undefined) {
    throw new PathError({
      problem: 'the path must exist.',
      expected: 'a directory with fixtures (*.safetensors, *.json) below it, or one fixture',
      got: `${path}, which does not exist`,
      remedy: 'check the path, which starts from where the command was typed; without one, tooling/golden is replayed.',
    });
  }
  if (!kind.isDirectory()) return [path];
  return below(path, new Set());
}

async function below(directory: string, visited: Set<string>): Promise<string[]> {
  const real = await realpath(directory);
  if (visited.has(real)) return [];
  visited.add(real);
  const files: string[] = [];
  for (const name of (await readdir(directory)).sort()) {
    const path = join(directory, name);
    const kind = await stat(path).catch(() => undefined);
    if (kind?.isDirectory()) files.push(...(await below(path, visited)));
    else if (kind?.isFile() && /[.](safetensors|json)$/.test(name)) files.push(path);
  }
  return files;
}
