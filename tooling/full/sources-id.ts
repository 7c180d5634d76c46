import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Git's id of the tree that a commit of all files, as they are now, would have: results hold for exactly these sources. */
export function sourcesId(root: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'longspan-tree-'));
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', env: { ...process.env, GIT_INDEX_FILE: join(folder, 'index') } }).trim();
  try {
    git('add', '--all');
    return git('write-tree');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
