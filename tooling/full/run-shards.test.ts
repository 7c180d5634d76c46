import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResultFiles } from './result-files.ts';
import { type RunShard, runShards } from './run-shards.ts';
import type { Shard } from './shard.ts';
import { tableOf } from './table.ts';

const shards: readonly Shard[] = ['one', 'two', 'three'].map((name) => ({ name, args: [] }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longspan-full-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the shards with one exit code for each name, and gives the results and the names that were started. */
async function runWith(codes: Readonly<Record<string, number>>, output = '') {
  const started: string[] = [];
  const run: RunShard = ({ name }, onText) => {
    started.push(name);
    onText(output);
    return Promise.resolve(codes[name] ?? 0);
  };
  const results = await runShards(shards, { files: new ResultFiles(folder), run, print: () => {} });
  return { started, results: results.map(({ seconds, ...rest }) => rest) };
}

describe('the shards of the full check', () => {
  it('count as one each, or as the tests that they count', async () => {
    expect((await runWith({ two: 1 })).results).toEqual([
      { name: 'one', passed: 1, failed: 0, skipped: 0 },
      { name: 'two', passed: 0, failed: 1, skipped: 0 },
      { name: 'three', passed: 1, failed: 0, skipped: 0 },
    ]);
    expect((await runWith({ two: 0 }, '7 passed, 0 failed, 2 skipped\n')).results[1]).toEqual({
      name: 'two',
      passed: 7,
      failed: 0,
      skipped: 2,
    });
  });

  it('that passed are not run again, those that failed are', async () => {
    await runWith({ two: 1 });
    const again = await runWith({});
    expect(again.started).toEqual(['two']);
    expect(again.results.map(({ passed }) => passed)).toEqual([1, 1, 1]);
    expect((await runWith({})).started).toEqual([]);
  });

  it('go on after an interruption, which leaves no result of the interrupted one', async () => {
    const first = await runWith({ two: 130 }, 'half');
    expect(first.started).toEqual(['one', 'two']);
    expect(first.results.map(({ name }) => name)).toEqual(['one']);
    expect(existsSync(join(folder, 'two.json'))).toBe(false);
    expect((await runWith({})).started).toEqual(['two', 'three']);
  });

  it('keep what they printed', async () => {
    await runWith({ one: 1 }, 'why it failed\n');
    expect(readFileSync(join(folder, 'one.log'), 'utf8')).toBe('why it failed\n');
  });

  it('ignore a result that was being written when the process died', async () => {
    writeFileSync(join(folder, 'one.json.part'), '{"name":"one","passed":1');
    expect((await runWith({})).started).toEqual(['one', 'two', 'three']);
  });
});

it('the table of results ends with their sum', () => {
  const results = [
    { name: 'one', passed: 3, failed: 0, skipped: 1, seconds: 2.4 },
    { name: 'two', passed: 0, failed: 1, skipped: 0, seconds: 1.4 },
  ];
  expect(tableOf(results).trim().split('\n').slice(2)).toEqual([
    '| one | 3 | 0 | 1 | 2 |',
    '| two | 0 | 1 | 0 | 1 |',
    '| all | 3 | 1 | 1 | 4 |',
  ]);
});
