import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isWhole } from '@longspan/tooling/expect';
import { type Ended, type StartedCommand, startCommand } from '@longspan/tooling/start-command';
import { parseHTML } from 'linkedom';
import { afterAll, describe, expect, it } from 'vitest';
import type { BookFigures } from '../src/experiments/measure/input.ts';
import { measure } from '../src/experiments/measure/measure.ts';
import { type Findings, found } from '../src/run/experiment.ts';
import { experiments } from '../src/run/registry.ts';
import type { Results } from '../src/run/results.ts';

const folder = mkdtempSync(join(tmpdir(), 'longspan bench ')); // with a space, as a clone's path may have
afterAll(() => rmSync(folder, { recursive: true }));

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const minutes = 60_000;

const start = (where: string, args: readonly string[], interrupt?: RegExp): StartedCommand =>
  startCommand(cli, join(folder, where), args, interrupt);
const bench = (...args: Parameters<typeof start>): Promise<Ended> => start(...args).ended;

/** The files that a process has open. */
function filesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((name) => {
    try {
      return [readlinkSync(join(folder, name))];
    } catch {
      return []; // closed meanwhile
    }
  });
}

const results = (where: string): Results & Findings<BookFigures> =>
  JSON.parse(readFileSync(join(folder, where, 'bench-results', 'measure', 'results.json'), 'utf8'));

describe('bench', () => {
  it('refuses a missing file with exit code 2 and the whole explanation', async () => {
    const { code, err, out } = await bench('missing', ['measure', 'nothing.txt']);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toBe(`bench: the file must exist.
  expected  a UTF-8 text file of 16,384 to 134,217,728 bytes
  got       ${folder}/missing/nothing.txt, where there is nothing
  remedy    check the path; a relative one starts at the folder you stand in, or leave the argument out to run on Moby-Dick.
`);
  });

  it('refuses a file for --out with exit code 2, before anything is measured', async () => {
    const place = join(folder, 'a file');
    writeFileSync(place, 'mine');
    const { code, err, out } = await bench('out', ['measure', '--quick', '--out', place]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe(`bench: the report must have a place to be written.
  expected  a folder that takes files
  got       ${place}/report.html: a part of the path is a file
  remedy    name a folder by --out; what was measured before is kept, and the same command with --resume goes on from there.
`);
    expect(readFileSync(place, 'utf8')).toBe('mine');
  });

  // Of a process one sees there what it has open.
  it.runIf(existsSync('/proc/self/fd')).each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends within seconds of a %s while it reads a text as large as one may be, with code %d', async (signal, expected) => {
    const path = join(folder, 'large.txt');
    writeFileSync(path, Buffer.alloc(2 ** 27, 'é€ and a sea\n')); // 16 bytes, again and again
    const { child, ended } = start('large', ['measure', path, '--quick']);
    await expect.poll(() => filesOf(child.pid as number), { timeout: minutes / 2, interval: 5 }).toContain(path);
    child.kill(signal);
    const { code, out, err } = await ended;
    expect([code, out, err]).toEqual([expected, '', '']);
    expect(existsSync(join(folder, 'large', 'bench-results'))).toBe(false);
    rmSync(path);
  });

  it('refuses an option that it does not know with exit code 2 and a hint', async () => {
    const { code, err } = await bench('options', ['measure', '--onyl', 'train']);
    expect(code).toBe(2);
    expect(err).toContain("error: unknown option '--onyl'\n(Did you mean --only?)");
    expect(err).toContain('bench --help lists commands, bench <command> --help its options.');
  });

  it('says when there is nothing to resume', async () => {
    const { code, err } = await bench('fresh', ['measure', '--resume', '--quick']);
    expect(code).toBe(2);
    expect(err).toContain('bench --resume: there is nothing to resume.');
  });

  it('alone names the commands', async () => {
    const { code, out, err } = await bench('alone', []);
    expect([code, err]).toEqual([0, '']);
    for (const { name } of experiments) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it('measure --help lists its options', async () => {
    const { code, out } = await bench('help', ['measure', '--help']);
    expect(code).toBe(0);
    for (const option of ['[file]', '--out', '--only', '--backend', '--seed', '--resume']) expect(out).toContain(option);
  });
});

describe('bench measure --quick', () => {
  const folderOf = (...names: readonly string[]): string => join(folder, 'whole', 'bench-results', 'measure', ...names);

  it('stopped by Ctrl-C leaves a valid partial report, exits with 130 and is continued by --resume to a whole one', {
    timeout: 8 * minutes,
  }, async () => {
    const of = (seed: string) => ['measure', '--quick', '--seed', seed, ...(isWhole ? [] : ['--only', 'sweep,train'])];
    const args = of('3');
    const stopped = await bench('whole', args, /Measuring: [1-9]\d? % {2}.*\n/);
    expect(stopped.code).toBe(130);
    expect(stopped.out).toContain('The same command with --resume goes on from here.');
    const partial = results('whole');
    expect(partial.status).toBe('partial');
    const points = measure.points(partial.options);
    const missing = (isWhole ? (['checks', 'sweep', 'train'] as const) : (['sweep', 'train'] as const)).flatMap((part) => {
      const all = points.filter((point) => point.part === part);
      const left = all.filter(({ name }) => partial.outcomes.every(({ point }) => point !== name)).length;
      return left === 0 ? [] : [`${part}: ${left} of ${all.length} points were not measured`];
    });
    expect(partial.outcomes.length).toBeGreaterThanOrEqual(1);
    expect(partial.missing).toEqual(missing);
    expect(missing.at(-1)).toBe('train: 1 of 1 points were not measured');
    const { document } = parseHTML(readFileSync(folderOf('report.html'), 'utf8'));
    expect(document.querySelector('.partial')?.textContent).toContain('This report is partial.');

    const other = await bench('whole', [...of('9'), '--resume']);
    expect(other.code).toBe(2);
    expect(other.err).toContain('expected  --seed 3\n  got       --seed 9');

    const { code, out, err } = await bench('whole', [...args, '--resume']);
    expect(err + out).not.toContain('\u001b['); // no control codes where no terminal listens
    expect(code).toBe(0);
    const whole = results('whole');
    expect(whole.started).toBe(partial.started);
    expect(whole.outcomes.filter(({ point }) => partial.outcomes.some((one) => one.point === point))).toEqual(partial.outcomes);

    const first = /^Longspan on Moby-Dick: 1,2\d\d,\d{3} bytes, 139 chapters, 14 of them held out\. \d+ points, seed 3\.$/;
    for (const each of [stopped.out, out]) expect(each.split('\n')[0]).toMatch(first);
    expect(out).toMatch(/^- On the first 512 bytes of Moby-Dick, .* stock tfjs \(dense\) .* times (less|more) time, .* memory\.$/m);
    expect(out).toContain(folderOf('report.html'));
    expect(readdirSync(folderOf()).sort()).toEqual(['report.html', 'results.json', 'results.md']);

    expect([whole.status, whole.missing, whole.options.seed]).toEqual(['complete', [], 3]);
    if (isWhole) {
      const checks = found(whole, 'checks', 'check')?.lines;
      expect(checks?.length).toBeGreaterThanOrEqual(69);
      const packages = new Set(checks?.map((check) => check.package));
      expect([...packages]).toEqual(['attention-sparse', 'attention-lsh', 'reversible', 'memory-xl', 'hierarchical']);
      expect(checks?.every(({ failure, parts }) => failure === undefined && parts.every(({ share }) => share <= 1))).toBe(true);
      expect(stopped.out.split('\n')[1]).toMatch(/^All \d+ mechanisms of 5 packages gave the numbers of plain reference code/);
    }
    const [forward, both] = whole.tables;
    expect([forward, both].map((table) => [table?.title, table?.rows.map(([n]) => n)])).toEqual([
      ['Forward', ['256', '512']],
      ['Forward and backward', ['256', '512']],
    ]);
    const shares = ['256', '512'].map((n) => found(whole, `window, forward, ${n} tokens, round 1`, 'sweep')?.visitedFraction);
    expect(shares).toEqual([7 / 16, 15 / 64]); // a window of 64 attends to its own block of 64 and the one before
    expect(whole.headline.length).toBeGreaterThanOrEqual(3);
    const trained = found(whole, 'train', 'train');
    if (trained === undefined) throw new Error('not trained');
    expect(trained.baselines.bigram).toBeLessThan(trained.baselines.unigram);
    expect(trained.heldOutBits).toBeLessThan(8); // it has learned something: guessing takes 8 bits
    expect(trained.sample.text.length).toBeGreaterThan(0);

    // Time and memory of each pass that had runs within the budget, which a busy machine's may not have; and the loss.
    const measured = ['forward', 'forward+backward'].filter((pass) =>
      whole.outcomes.some(({ point, ending }) => ending.kind === 'done' && point.includes(`, ${pass}, `)),
    );
    expect(measured).toContain('forward');
    const page = readFileSync(folderOf('report.html'), 'utf8');
    expect(parseHTML(page).document.querySelectorAll('svg[role=img]').length).toBe(2 * measured.length + 1);
  });

  it('takes a text and a number of steps', { timeout: 8 * minutes }, async () => {
    mkdirSync(join(folder, 'own'));
    writeFileSync(join(folder, 'own', 'tale.txt'), 'Once upon a time there was a sea.\n'.repeat(700));
    const { code } = await bench('own', ['measure', 'tale.txt', '--quick', '--only', 'train', '--steps', '2']);
    expect(code).toBe(0);
    const own = results('own');
    expect([own.status, own.text?.name]).toEqual(['complete', 'tale.txt']);
    expect(found(own, 'train', 'train')?.steps).toBe(2);
  });
});
