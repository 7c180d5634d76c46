import { countPart } from '../setup/tally.mjs';
import type { ResultFiles } from './result-files.ts';
import type { Shard, ShardResult } from './shard.ts';

/** How one shard is run: gives its exit code, 130 where it was interrupted, and hands on what it prints. */
export type RunShard = (shard: Shard, onText: (text: string) => void) => Promise<number>;

interface Options {
  readonly files: ResultFiles;
  readonly run: RunShard;
  readonly print: (text: string) => void;
}

/**
 * Runs the shards that have not passed yet, one after the other, and keeps each one's result at once. Gives the results of all shards
 * that have one; fewer than there are shards where the run was interrupted.
 */
export async function runShards(shards: readonly Shard[], { files, run, print }: Options): Promise<ShardResult[]> {
  const results: ShardResult[] = [];
  for (const [at, shard] of shards.entries()) {
    const before = files.read(shard.name);
    if (before !== undefined && before.failed === 0) {
      results.push(before);
      continue;
    }
    print(`\n=== ${at + 1} of ${shards.length}: ${shard.name}\n`);
    const start = performance.now();
    let output = '';
    const code = await run(shard, (text) => {
      output += text;
      print(text);
    });
    if (code === 130) break;
    const result = { name: shard.name, ...count(code, output), seconds: (performance.now() - start) / 1000 };
    files.write(result, output);
    print(`--- ${shard.name}: ${result.failed > 0 ? 'FAILED' : 'ok'}, ${result.seconds.toFixed(0)} s\n`);
    results.push(result);
  }
  return results;
}

function count(code: number, output: string): Omit<ShardResult, 'name' | 'seconds'> {
  const countsTests = /^\d+ passed, \d+ failed/m.test(output);
  return countsTests ? countPart(code, output) : { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}
