import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../published/packages.ts';
import { type Finished, output, program } from './program.ts';

const consumers = fileURLToPath(new URL('./consumers', import.meta.url));

// What npm and our own commands put into the environment must not reach a stranger's project.
export const bare = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS|VITEST|NODE_ENV$|INIT_CWD)/i.test(name) || /registry|proxy|cafile/i.test(name),
  ),
);

export interface EmptyProject {
  readonly folder: string;
  /** Runs one of those programs in the project, with plain node. */
  run(consumer: string, ...given: readonly string[]): Promise<Finished>;
  remove(): void;
}

/**
 * A project outside the workspace, in a folder whose name has a space, with these packages installed by npm.
 * @param programs the folder whose files are copied into it
 */
export async function emptyProject(
  packages: readonly string[],
  npmOptions: readonly string[] = [],
  programs: string = consumers,
): Promise<EmptyProject> {
  const folder = join(realpathSync(mkdtempSync(join(tmpdir(), 'longspan-'))), 'empty project');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }));
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline', '--cache', join(root, '.tools/npm-cache')];
  await output('npm', ['install', ...packages, ...quiet, ...npmOptions], folder, bare);
  cpSync(programs, folder, { recursive: true });
  return {
    folder,
    run: (consumer, ...given) => program(process.execPath, [consumer, ...given], folder, bare),
    remove: () => rmSync(join(folder, '..'), { recursive: true }),
  };
}
