import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { programOf } from '../../../killed/program.ts';
import { temporaryFolder } from '../temporary-folder.mjs';

export const program = await programOf(fileURLToPath(new URL('../train-in-folder.ts', import.meta.url)));

export const file = 'checkpoint.safetensors';

const live = new Set();

/** Runs the child; `onLine(line, child)` may kill it. */
export function child(args, { onLine, options = {}, seconds = 90, cwd } = {}) {
  return new Promise((resolve) => {
    const c = spawn(process.execPath, [program.file, ...args.map(String)], { stdio: ['ignore', 'pipe', 'pipe'], cwd, ...options });
    live.add(c);
    let out = '',
      err = '';
    let hung = false;
    let ticks = 0;
    const timer = setInterval(() => {
      if (++ticks > seconds * 4) {
        hung = true;
        c.kill('SIGKILL');
      }
    }, 250);
    c.stdout.on('data', (d) => {
      out += d;
      for (const line of String(d).trim().split('\n')) onLine?.(line, c, out);
    });
    c.stderr.on('data', (d) => {
      err += d;
    });
    c.on('error', (e) => {
      err += e;
    });
    c.on('close', (code, signal) => {
      clearInterval(timer);
      live.delete(c);
      resolve({ code, signal, out, err: err.replace(/=+\s*Hi, looks[\s\S]*?=+\n?/g, ''), hung, last: out.trim().split('\n').at(-1) });
    });
  });
}

const cache = new Map();

/** The checkpoint of a run that nothing stops. */
export async function alone(steps, kernels, key) {
  const k = `${steps} ${kernels} ${key}`;
  if (!cache.has(k)) {
    const d = temporaryFolder('alone');
    const c = await child([d, steps, 'plain', kernels, key]);
    cache.set(k, c.last === `ended steps ${steps}` ? readFileSync(`${d}/${file}`) : undefined);
    rmSync(d, { recursive: true });
    if (cache.get(k) === undefined) throw new Error(`alone: ${c.out.slice(-300)} ${c.err.slice(-600)}`);
  }
  return cache.get(k);
}

export const same = (d, expected) => existsSync(`${d}/${file}`) && readFileSync(`${d}/${file}`).equals(expected);

/** Whatever happens, a run ends, says so in our words, and writes nothing else. */
export const tame = (x, words, find, input) => {
  if (x.hung)
    find({ severity: 'medium', kind: `${words}: hangs`, signature: `${words} hang`, input, expected: 'an end', got: x.out.slice(-300) });
  if (x.err.trim() && !/ExperimentalWarning|DeprecationWarning/.test(x.err))
    find({
      severity: 'unclear',
      kind: `${words}: writes to stderr`,
      signature: `${words} stderr:${x.err.slice(0, 40)}`,
      input,
      expected: 'nothing',
      got: x.err.slice(0, 500),
    });
  if (x.last?.startsWith('threw') && !/^threw (FileError|ConfigError|CheckpointError|ExplainedError) /.test(x.last))
    find({
      severity: 'medium',
      kind: `${words}: foreign error`,
      signature: `${words} foreign:${x.last.slice(0, 40)}`,
      input,
      expected: 'our error',
      got: x.last,
    });
};
