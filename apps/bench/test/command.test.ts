import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseHTML } from 'linkedom';
import { afterAll, describe, expect, it } from 'vitest';
import { readResults } from '../src/report/json.ts';

const folder = mkdtempSync(join(tmpdir(), 'longspan bench ')); // with a space, as a clone's path may have
afterAll(() => rmSync(folder, { recursive: true }));

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const minutes = 60_000;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command as a user who stands in that folder; `interrupt` says at which words on the error stream Ctrl-C comes. */
function bench(where: string, args: readonly string[], interrupt?: RegExp): Promise<Ended> {
  const standing = join(folder, where);
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
  return new Promise((ended) => child.on('close', (code) => ended({ code, out, err })));
}

const resultsOf = (where: string) => readResults(join(folder, where, 'bench-results', 'results.json'));

describe('bench', () => {
  it('refuses a missing file with exit code 2 and the whole explanation', async () => {
    const { code, err, out } = await bench('missing', ['nothing.txt']);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toBe(`bench: the file does not exist.
  expected  a UTF-8 text file of at least 16,384 bytes
  got       ${folder}/missing/nothing.txt, where there is nothing
  remedy    check the path; a relative one starts at the folder you stand in, or leave the argument out to run on Moby-Dick.
`);
  });

  it.each([
    [['--onyl', 'train'], "error: unknown option '--onyl'\n(Did you mean --only?)"],
    [['--only', 'swep'], 'It must be a list of checks, sweep, train, with commas between.'],
    [['--seed', '-1'], "argument '-1' is invalid. It must be an integer of at least 0."],
    [['--backend', 'gpu'], "argument 'gpu' is invalid. Allowed choices are wasm, cpu."],
  ])('refuses %j with exit code 2 and a hint', async (args, words) => {
    const { code, err } = await bench('options', args);
    expect(code).toBe(2);
    expect(err).toContain(words);
    expect(err).toContain('bench --help lists commands and options.');
  });

  it('says when there is nothing to resume', async () => {
    const { code, err } = await bench('fresh', ['--resume', '--quick']);
    expect(code).toBe(2);
    expect(err).toContain('bench --resume: there is nothing to resume.');
  });

  it('--help lists the options of the main job', async () => {
    const { code, out } = await bench('help', ['--help']);
    expect(code).toBe(0);
    for (const option of ['[file]', '--out', '--only', '--backend', '--seed', '--resume']) expect(out).toContain(option);
  });
});

describe('bench --quick', () => {
  it('checks, measures, trains and writes a whole report, in plain lines where no terminal listens', { timeout: 8 * minutes }, async () => {
    const { code, out, err } = await bench('whole', ['--quick', '--seed', '3']);
    expect(err + out).not.toContain('\u001b['); // no control codes
    expect(code).toBe(0);

    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^Longspan on Moby-Dick: 1,2\d\d,\d{3} bytes, 139 chapters, 14 of them held out\. Backend wasm, seed 3\.$/);
    expect(lines[1]).toMatch(/^All \d+ mechanisms of 5 packages gave the numbers of plain reference code/);
    expect(lines[2]).toMatch(/^On the first 512 bytes of Moby-Dick, .* stock tfjs \(dense\) .* times (less|more) time, .* memory\.$/);
    expect(out).toContain(join(folder, 'whole', 'bench-results', 'report.html'));
    expect(readdirSync(join(folder, 'whole', 'bench-results')).sort()).toEqual(['report.html', 'results.json', 'results.md']);

    const { status, missing, checks, sweep, train, headline, options } = resultsOf('whole');
    expect([status, missing, options.seed]).toEqual(['complete', [], 3]);
    expect(checks?.length).toBeGreaterThanOrEqual(69);
    const packages = new Set(checks?.map((check) => check.package));
    expect([...packages]).toEqual(['attention-sparse', 'attention-lsh', 'reversible', 'memory-xl', 'hierarchical']);
    expect(checks?.every(({ failure, parts }) => failure === undefined && parts.every(({ share }) => share <= 1))).toBe(true);
    expect(sweep?.finished).toBe(true);
    expect(sweep?.summary.rows.map(({ n, pass }) => `${pass} ${n}`)).toEqual([
      'forward 256',
      'forward 512',
      'forward+backward 256',
      'forward+backward 512',
    ]);
    const shares = sweep?.summary.rows.map(({ window }) => (window.kind === 'done' ? window.visitedShare : undefined));
    expect(shares?.slice(0, 2)).toEqual([7 / 16, 15 / 64]); // a window of 64 sees its own block of 64 and the one before
    expect(headline.length).toBeGreaterThanOrEqual(3);
    if (train?.kind !== 'done') throw new Error('not trained');
    expect(train.baselines.bigram).toBeLessThan(train.baselines.unigram);
    expect(train.figures.heldOutBits).toBeLessThan(8); // it has learned something: guessing takes 8 bits
    expect(train.figures.sample.text.length).toBeGreaterThan(0);

    const page = readFileSync(join(folder, 'whole', 'bench-results', 'report.html'), 'utf8');
    expect(parseHTML(page).document.querySelectorAll('svg[role=img]').length).toBe(5);
  });

  it('stopped by Ctrl-C leaves a valid partial report, exits with 130 and is continued by --resume', { timeout: 8 * minutes }, async () => {
    mkdirSync(join(folder, 'stopped'));
    writeFileSync(join(folder, 'stopped', 'tale.txt'), 'Once upon a time there was a sea.\n'.repeat(700));
    const args = ['tale.txt', '--quick', '--only', 'sweep,train', '--steps', '4'];
    const stopped = await bench('stopped', args, /Measuring: \d+ %.*\n/);
    expect(stopped.code).toBe(130);
    expect(stopped.out).toContain('The same command with --resume goes on from here.');
    const partial = resultsOf('stopped');
    expect(partial.status).toBe('partial');
    expect(partial.missing).toEqual(['the sweep was not finished', 'the language model was not trained']);
    expect(partial.sweep?.samples.length).toBeGreaterThanOrEqual(1);
    const { document } = parseHTML(readFileSync(join(folder, 'stopped', 'bench-results', 'report.html'), 'utf8'));
    expect(document.querySelector('.partial')?.textContent).toContain('This report is partial.');

    const other = await bench('stopped', [...args, '--seed', '9', '--resume']);
    expect(other.code).toBe(2);
    expect(other.err).toContain('expected  --seed 0\n  got       --seed 9');

    const resumed = await bench('stopped', [...args, '--resume']);
    expect(resumed.code).toBe(0);
    const whole = resultsOf('stopped');
    expect(whole.status).toBe('complete');
    expect(whole.started).toBe(partial.started);
    expect(whole.sweep?.samples.slice(0, partial.sweep?.samples.length)).toEqual(partial.sweep?.samples);
    expect(whole.train?.kind === 'done' && whole.train.figures.steps).toBe(4);
    expect(whole.text.name).toBe('tale.txt');
  });
});
