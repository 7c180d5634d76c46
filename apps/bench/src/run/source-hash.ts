import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the checkout. */
export const workspaceRoot: string = fileURLToPath(new URL('../../../../', import.meta.url));

/** One hash over every source file whose change may change a result: the packages', the references' and the bench's own, tests left out. */
export function sourceHash(): string {
  const hash = createHash('sha256');
  for (const folder of sourceFolders()) {
    const files = readdirSync(join(workspaceRoot, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => /[.](ts|py)$/.test(name) && !name.endsWith('.test.ts')).sort()) {
      hash.update(`${folder}/${file}\n`).update(readFileSync(join(workspaceRoot, folder, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function sourceFolders(): string[] {
  const packages = readdirSync(join(workspaceRoot, 'packages')).map((name) => `packages/${name}/src`);
  return ['apps/bench/assembly', 'apps/bench/src', 'tooling/reference', ...packages.sort()].filter((folder) =>
    existsSync(join(workspaceRoot, folder)),
  );
}
