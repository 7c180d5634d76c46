import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, stopped } from './command.mjs';
import { explain, Interrupted } from './setup-error.mjs';
import { environment, pnpmScript, pnpmVersion, root, tools } from './workspace.mjs';

const stamp = join(tools, 'pnpm-version');

// npm's own script where npm started us: `npm` is a .cmd on Windows, which cannot be spawned.
const npm = /npm-cli\.js$/.test(process.env.npm_execpath ?? '') ? [process.execPath, process.env.npm_execpath] : ['npm'];

/** Puts pnpm at the pinned version into .tools; the stamp is written last, so an interrupted run starts over. */
export async function installPnpm() {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === pnpmVersion && existsSync(pnpmScript)) return 'skipped';
  mkdirSync(tools, { recursive: true });
  rmSync(stamp, { force: true });
  rmSync(join(tools, 'node_modules'), { recursive: true, force: true });
  let output = '';
  const [program, ...first] = npm;
  const code = await command(
    program,
    [
      ...first,
      ...['install', `pnpm@${pnpmVersion}`, '--prefix', tools, '--no-save', '--no-package-lock', '--no-audit', '--no-fund'],
      ...[
        '--no-update-notifier',
        '--prefer-offline',
        '--fetch-retries=2',
        '--fetch-retry-mintimeout=1000',
        '--fetch-retry-maxtimeout=4000',
      ],
      ...['--cache', join(tools, 'npm-cache')],
    ],
    { cwd: root, env: environment, onText: (text) => (output += text) },
  );
  if (stopped()) throw new Interrupted();
  if (code !== 0 || !existsSync(pnpmScript)) throw explain(`installing pnpm ${pnpmVersion}`, output);
  writeFileSync(stamp, pnpmVersion);
  return 'done';
}
