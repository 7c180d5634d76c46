import { command } from './command.mjs';
import { fromSource } from './from-source.mjs';
import { environment, root } from './workspace.mjs';

/** Runs the command of an app, which ends with this process; gives its exit code. */
export const app = (cli, args) =>
  command(process.execPath, fromSource(cli, args), {
    cwd: root,
    env: { ...environment, LONGSPAN_STARTED_BY: String(process.pid) },
  });
