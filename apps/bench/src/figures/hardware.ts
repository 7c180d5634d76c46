import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { z } from 'zod';
import { workspaceRoot } from '../run/source-hash.ts';

/** What a number is worth nothing without, as `results.json` keeps it. */
export const machineSchema = z.object({
  cpu: z.string(),
  cores: z.number(),
  memoryBytes: z.number(),
  system: z.string(),
  node: z.string(),
  /** The versions of the tfjs packages that ran. */
  tfjs: z.record(z.string(), z.string()),
  /** The commit, or 'unknown' outside a git checkout. */
  commit: z.string(),
  /** Whether the checkout differed from that commit. */
  dirty: z.boolean(),
  /** The one-minute load average when the run began: above the run's own share, others were at work. */
  load: z.number(),
});

export type Machine = z.infer<typeof machineSchema>;

const tfjsPackages = ['tfjs-core', 'tfjs-backend-cpu', 'tfjs-backend-wasm', 'tfjs-backend-webgpu'] as const;

/** What runs, beside what it runs on. */
export type Code = Pick<Machine, 'tfjs' | 'commit' | 'dirty'>;

/** Describes the code of this checkout. */
export function describeCode(): Code {
  const require = createRequire(import.meta.url);
  const version = (name: string): string => {
    const { version } = JSON.parse(readFileSync(require.resolve(`@tensorflow/${name}/package.json`), 'utf8')) as { version: string };
    return version;
  };
  const status = git('status', '--porcelain');
  return {
    tfjs: Object.fromEntries(tfjsPackages.map((name) => [name, version(name)])),
    commit: git('rev-parse', 'HEAD') ?? 'unknown',
    dirty: status !== undefined && status !== '',
  };
}

/** Describes this machine and the code on it. */
export function describeMachine(code: Code = describeCode()): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    ...code,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

function git(...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd: workspaceRoot, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined; // no git, no checkout, or no commit yet: a tarball of the sources runs as well
  }
}
