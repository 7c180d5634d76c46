import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** What a command has come to. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface StartedCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/**
 * Starts a program on the sources as a user who stands in that folder.
 * @param interrupt at which words on the error stream Ctrl-C comes
 */
export function startCommand(cli: string, standing: string, args: readonly string[], interrupt?: RegExp): StartedCommand {
  mkdirSync(standing, { recursive: true });
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), '--conditions=@longspan/source', cli, ...args], {
    env: { ...process.env, INIT_CWD: standing, NODE_OPTIONS: '' },
  });
  let [out, err] = ['', ''];
  let isInterrupted = false;
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
    if (interrupt?.test(err) && !isInterrupted) {
      isInterrupted = true;
      child.kill('SIGINT');
    }
  });
  return { child, ended: new Promise((ended) => child.on('close', (code) => ended({ code, out, err }))) };
}
