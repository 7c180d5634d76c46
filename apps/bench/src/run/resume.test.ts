import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { someResults } from '../../test/some-results.ts';
import { readResults, resultsJson } from '../report/json.ts';
import { checkResumable, type RunIdentity } from './resume.ts';

const identity: RunIdentity = {
  options: { text: 'Moby-Dick', only: ['checks', 'sweep'], backend: 'wasm', seed: 7, quick: false },
  source: 'aaaa',
  text: { sha256: '0123456789abcdef' },
};

const messageOf = (run: () => void): string => {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'no error';
};

describe('checkResumable', () => {
  it('takes the same run', () => expect(() => checkResumable(identity, structuredClone(identity))).not.toThrow());

  it('names every option that changed', () => {
    const other: RunIdentity = { ...identity, options: { ...identity.options, seed: 8, only: ['checks'], steps: 50 } };
    expect(messageOf(() => checkResumable(identity, other))).toBe(
      `bench --resume: the interrupted run was another one.
  expected  --only checks,sweep, --seed 7, --steps unset
  got       --only checks, --seed 8, --steps 50
  remedy    resume with the same options and sources, or start anew without --resume.`,
    );
  });

  it('names changed sources and a changed text', () =>
    expect(() => checkResumable(identity, { ...identity, source: 'bbbb', text: { sha256: 'ffffffffffffffff' } })).toThrow(
      'expected  the text 0123456789ab, the sources aaaa\n  got       the text ffffffffffff, the sources bbbb',
    ));
});

describe('readResults', () => {
  const folder = mkdtempSync(join(tmpdir(), 'longspan-resume-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const written = (text: string): string => {
    const path = join(folder, 'results.json');
    writeFileSync(path, text);
    return path;
  };
  const message = (path: string): string => {
    try {
      readResults(path);
    } catch (error) {
      return String(error);
    }
    return 'no error';
  };

  it('gives back what was written', () => {
    const results = someResults();
    expect(readResults(written(resultsJson(results)))).toEqual(results);
  });

  it('says where there is nothing to resume', () =>
    expect(message(join(folder, 'nowhere', 'results.json'))).toBe(`FileError: bench --resume: there is nothing to resume.
  expected  the results.json of an interrupted run
  got       no readable file at ${folder}/nowhere/results.json
  remedy    start anew without --resume, or point --out at the folder of the interrupted run.`));

  it('says that a file cut short is broken', () =>
    expect(message(written(resultsJson(someResults()).slice(0, 300)))).toMatch(/^FileError: bench --resume: results\.json is broken\.\n/));

  it('names the field that is not what this version writes', () => {
    const { seconds: _, ...rest } = someResults();
    expect(message(written(JSON.stringify(rest)))).toContain('results.json is not what this version writes.');
    expect(message(written(JSON.stringify(rest)))).toContain('at seconds');
  });
});
