import { command } from './command.mjs';
import { fromSource } from './from-source.mjs';
import { environment, root } from './workspace.mjs';

/** Runs the measuring job of the bench, which ends with this process; gives its exit code. */
export const measure = (args) =>
  command(process.execPath, fromSource('apps/bench/src/cli.ts', ['measure', ...args]), {
    cwd: root,
    env: { ...environment, LONGSPAN_STARTED_BY: String(process.pid) },
  });
