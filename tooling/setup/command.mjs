import { spawn } from 'node:child_process';
import { ancestors } from './ancestors.mjs';

const children = new Set();
let stopping = false;

// Ctrl-C reaches the whole process group, so a child ends by itself: we only wait for it, and say how to go on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stopping = true;
    if (signal !== 'SIGINT') for (const child of children) child.kill(signal);
    if (children.size === 0) process.exit(130);
  });
}

// npm hands those signals on, but cannot where it is killed itself.
if (process.env.npm_lifecycle_event !== undefined) {
  const before = ancestors();
  const look = setInterval(() => {
    if (ancestors() === before) return;
    clearInterval(look);
    process.kill(process.pid, 'SIGHUP');
  }, 250);
  look.unref();
}

/** Whether the user has asked to stop. */
export const stopped = () => stopping;

/**
 * Runs a program and gives its exit code (130 where it was interrupted) and, if `onText` is given, hands on what it prints.
 * Without `onText` the child shares our terminal.
 */
export function command(program, args, { cwd, env, onText } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: onText ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
    children.add(child);
    child.stdout?.setEncoding('utf8').on('data', onText);
    child.stderr?.setEncoding('utf8').on('data', onText);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      children.delete(child);
      if (signal === 'SIGINT' || signal === 'SIGTERM' || signal === 'SIGHUP') stopping = true;
      resolve(stopping ? 130 : (code ?? 1));
    });
  });
}
