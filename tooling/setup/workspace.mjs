import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the workspace, without a separator at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** Where everything lies that the workspace needs besides node_modules: pnpm itself, its store and its caches. */
export const tools = join(root, '.tools');

/** The version of pnpm that package.json pins. */
export const pnpmVersion = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager.replace('pnpm@', '');

export const pnpmScript = join(tools, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');

/** The environment of all that we start: pnpm on PATH, its caches in the workspace, nothing reported to anybody. */
export const environment = {
  ...process.env,
  PATH: [join(root, 'node_modules', '.bin'), join(tools, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
  INIT_CWD: process.env.INIT_CWD ?? process.cwd(),
  npm_config_cache_dir: join(tools, 'cache'),
  npm_config_state_dir: join(tools, 'state'),
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
};

/** The folders of all workspace packages, relative to the root, read from the `packages` list of pnpm-workspace.yaml. */
export function workspaceFolders() {
  const yaml = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
  const list = /^packages:\n((?: *- .*\n)+)/m.exec(yaml)?.[1] ?? '';
  const patterns = [...list.matchAll(/- *['"]?([^'"\n]+)['"]?/g)].map((match) => match[1].trim());
  const folders = patterns.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    if (!existsSync(join(root, parent))) return [];
    return readdirSync(join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${parent}/${entry.name}`);
  });
  return folders.filter((folder) => existsSync(join(root, folder, 'package.json'))).sort();
}
