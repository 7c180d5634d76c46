import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { effort } from '@longspan/tooling/expect';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'longspan-together-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'tale.txt'), 'Once upon a time there was a sea.\n'.repeat(700));

const app = new URL('../../../tooling/setup/app.mjs', import.meta.url).href;
/** What measure.mjs does once all is installed. */
const start = `import { app } from ${JSON.stringify(app)}; process.exitCode = await app('apps/bench/src/cli.ts', ['measure', ...process.argv.slice(1)]);`;
/** As npm runs a script, in a shell that gives its place to it or waits for it. */
const npm = (line: string): string => `
import { spawn } from 'node:child_process';
const env = { ...process.env, npm_lifecycle_event: 'measure' };
const args = [process.execPath, '--input-type=module', '-e', ${JSON.stringify(start)}, ...process.argv.slice(1)];
spawn('/bin/sh', ['-c', ${JSON.stringify(line)}, 'sh', ...args], { env, stdio: 'inherit' });
`;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** The processes that live now; one that waits to be reaped has ended. */
const processes = (): Process[] =>
  execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
      return command === undefined || state?.startsWith('Z') === true ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
    });

/** The process and all below it. */
function family(pid: number, all: readonly Process[] = processes()): Process[] {
  const own = all.filter((each) => each.pid === pid);
  return [...own, ...all.filter(({ parent }) => parent === pid).flatMap((child) => family(child.pid, all))];
}

/** Not the program that starts it, which has its path too. */
const isCli = ({ command }: Process): boolean => command.includes('apps/bench/src/cli.ts measure');
/** The workers of a bench carry its process id in the name of their file. */
const isWorkerOf = (cli: Process | undefined, { command }: Process): boolean => command.includes(`.cache/worker-${cli?.pid}.mjs`);

interface Chain {
  readonly first: ChildProcess;
  /** Those that live still. */
  living(): readonly string[];
  /** What the folder of the report holds. */
  report(): { readonly files: readonly string[]; readonly results: { readonly status: string; readonly outcomes: readonly unknown[] } };
}

let livingOfLast = (): Process[] => [];
afterEach(() => {
  for (const { pid } of livingOfLast()) process.kill(pid, 'SIGKILL'); // where they did not end, as they should
});

/** Starts a measuring run below a program, and waits until a worker is at its second point. */
async function runBelow(program: string, name: string): Promise<Chain> {
  const out = join(folder, name);
  const args = [join(folder, 'tale.txt'), '--quick', '--only', 'sweep', '--out', out];
  const { npm_lifecycle_event: _, ...env } = process.env;
  const first = spawn(process.execPath, ['--input-type=module', '-e', program, ...args], {
    stdio: 'ignore',
    env: { ...env, NODE_OPTIONS: '' },
  });
  livingOfLast = () => family(first.pid as number);
  let all: Process[] = [];
  const isMeasuring = (): boolean => {
    all = family(first.pid as number);
    return existsSync(join(out, 'results.md')) && all.some((each) => isWorkerOf(all.find(isCli), each));
  };
  await expect.poll(isMeasuring, { timeout: 60_000, interval: 100 }).toBe(true);
  const [cli, pids] = [all.find(isCli), all.map(({ pid }) => pid)];
  livingOfLast = () => processes().filter((each) => pids.includes(each.pid) || isWorkerOf(cli, each));
  return {
    first,
    living: () => livingOfLast().map(({ command }) => command),
    report: () => ({ files: readdirSync(out).sort(), results: JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) }),
  };
}

const minutes = 60_000;
const wholeReport = ['report.html', 'results.json', 'results.md'];

describe.runIf(process.platform !== 'win32')('a run below npm run measure', () => {
  const programs = [
    ['npm run measure itself', start],
    ['npm above it', npm('exec "$@"')],
    ...(process.platform === 'linux' ? [['npm above it and a shell', npm('"$@"; exit $?')] as const] : []),
  ] as const;
  it.each(programs.slice(0, effort(1, 3)))(
    'ends within seconds, worker and all, where %s is killed; its report is whole',
    { timeout: 2 * minutes },
    async (name, program) => {
      const { first, living, report } = await runBelow(program, name);
      first.kill('SIGKILL');
      await expect.poll(living, { timeout: 10_000, interval: 100 }).toEqual([]);
      const { files, results } = report();
      expect([files, results.status]).toEqual([wholeReport, 'partial']); // nothing half-written, no lock left
      expect(results.outcomes.length).toBeGreaterThanOrEqual(1);
    },
  );

  const signals = ['SIGHUP', 'SIGTERM'] as const;
  it.each(signals.slice(0, effort(0, 2)))(
    'ends likewise where npm run measure gets %s, with the code of an interrupt',
    { timeout: 2 * minutes },
    async (signal) => {
      const { first, living, report } = await runBelow(start, signal);
      const ended = once(first, 'exit');
      first.kill(signal);
      expect(await ended).toEqual([130, null]);
      await expect.poll(living, { timeout: 10_000, interval: 100 }).toEqual([]);
      const { files, results } = report();
      expect([files, results.status]).toEqual([wholeReport, 'partial']);
      expect(results.outcomes.length).toBeGreaterThanOrEqual(1);
    },
  );
});
