import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { someRun } from '../../test/some-run.ts';
import { measure } from '../experiments/measure/measure.ts';
import { resultsOf } from './report-of.ts';
import { readRun, resultsJson } from './results.ts';
import { checkSameRun, type RunIdentity } from './resume.ts';

const identity: RunIdentity = {
  experiment: 'measure',
  options: { seed: 7, full: false, flags: { only: 'checks,sweep' } },
  source: 'aaaa',
  text: { sha256: '0123456789abcdef' },
};

const messageOf = (run: () => void): string => {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  return 'no error';
};

describe('checkSameRun', () => {
  it('takes the same run', () => expect(() => checkSameRun(measure, identity, structuredClone(identity))).not.toThrow());

  it('names every option that changed', () => {
    const options = { seed: 8, full: false, flags: { only: 'checks', steps: '50', file: '/tale.txt' } };
    expect(messageOf(() => checkSameRun(measure, identity, { ...identity, options }))).toBe(
      `ConfigError: bench --resume: the interrupted run was another one.
  expected  --seed 7, file unset, --only checks,sweep, --steps unset
  got       --seed 8, file /tale.txt, --only checks, --steps 50
  remedy    resume with the same options and sources, or start again without --resume.`,
    );
  });

  it('names changed sources and a changed text', () =>
    expect(() => checkSameRun(measure, identity, { ...identity, source: 'bbbb', text: { sha256: 'ffffffffffffffff' } })).toThrow(
      'expected  the text 0123456789ab, the sources aaaa\n  got       the text ffffffffffff, the sources bbbb',
    ));
});

describe('readRun', () => {
  const folder = mkdtempSync(join(tmpdir(), 'longspan-resume-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const written = (text: string): string => {
    const path = join(folder, 'results.json');
    writeFileSync(path, text);
    return path;
  };
  const message = (path: string): string => messageOf(() => readRun(path));
  const results = resultsOf(measure, measure.points(someRun().options), someRun());

  it('gives back what was written', () => expect(readRun(written(resultsJson(results)))).toEqual(someRun()));

  it('neither waits for a pipe nor reads a device without end', () => {
    const path = join(folder, 'zero.json');
    symlinkSync('/dev/zero', path);
    expect(message(path)).toContain('there is nothing to resume.');
  });

  it('says where there is nothing to resume', () =>
    expect(message(join(folder, 'nowhere', 'results.json'))).toBe(`FileError: bench --resume: there is nothing to resume.
  expected  the results.json of an interrupted run
  got       no readable file at ${folder}/nowhere/results.json
  remedy    start again without --resume, or point --out at the folder of the interrupted run.`));

  it('says that a file cut short is broken', () =>
    expect(message(written(resultsJson(results).slice(0, 300)))).toMatch(/^FileError: bench --resume: results\.json is broken\.\n/));

  it('names the field that is not what this version writes', () => {
    const { seconds: _, ...rest } = someRun();
    expect(message(written(JSON.stringify(rest)))).toContain('results.json is not what this version writes.');
    expect(message(written(JSON.stringify(rest)))).toContain('at seconds');
  });
});
