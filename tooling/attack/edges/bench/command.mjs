import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

const cli = ['--import', 'tsx', '--conditions=@longspan/source', 'apps/bench/src/cli.ts'];

/** All processes below a process. */
const childrenOf = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .flatMap((k) => [k, ...childrenOf(k)]);
  } catch {
    return [];
  }
};

/** Whether one of ours goes on. */
export const alive = (pid) => {
  try {
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8')) && /node|tsx|esbuild/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return false;
  }
};

const stack = /\n\s+at .*\(?(file:|node:|\/)/;

export const check = (x, words, input, find) => {
  if (x.hung)
    find({ severity: 'medium', kind: `${words}: hangs`, input, expected: 'an end', got: `${x.out.slice(-300)} ${x.err.slice(-300)}` });
  const text = `${x.out}\n${x.err}`;
  if (stack.test(text))
    find({
      severity: 'medium',
      kind: `${words}: a stack trace`,
      signature: `${words} stack:${text.match(/\w*Error: [^\n]{0,50}/)?.[0]}`,
      input,
      expected: 'a clear error',
      got: text.slice(-900),
    });
  if (text.length > 60000) find({ severity: 'low', kind: `${words}: much text`, input, expected: 'bounded', got: text.length });
};

export const names = [
  'book',
  'kernels',
  'lsh',
  'reversible',
  'xl',
  'hierarchy',
  'adaptive',
  'peers',
  'training',
  'tasks',
  'gpu',
  'attention',
];

export const quick = ['hierarchy', 'lsh', 'reversible', 'xl', 'adaptive'];

/** The bench in a process, with all processes that it starts. */
export function runBench(args, { onText, seconds = 150, options = {}, env = {} } = {}) {
  return new Promise((resolve) => {
    const c = spawn(process.execPath, [...cli, ...args], {
      cwd: root,
      env: { ...process.env, INIT_CWD: tmpdir(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    });
    let out = '',
      err = '',
      ticks = 0,
      hung = false;
    const kids = new Set();
    const timer = setInterval(() => {
      if (++ticks > seconds * 4) {
        hung = true;
        c.kill('SIGKILL');
      }
      for (const k of childrenOf(c.pid)) kids.add(k);
    }, 250);
    c.stdout.on('data', (d) => {
      out += d;
      onText?.(out, c);
    });
    c.stderr.on('data', (d) => {
      err += d;
      onText?.(err, c);
    });
    c.on('close', (code, signal) => {
      clearInterval(timer);
      resolve({ code, signal, out, err, hung, kids: [...kids] });
    });
  });
}
