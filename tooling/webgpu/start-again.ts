import { spawnSync } from 'node:child_process';

/** Runs this program once more, as it was called, in an environment that has more: what the system's loaders read, they read at the start. */
export function startAgain(more: Readonly<Record<string, string>>): number {
  const { status } = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, ...more },
  });
  return status ?? 1;
}
