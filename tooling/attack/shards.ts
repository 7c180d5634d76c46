import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Files } from './files.ts';
import { partsOf } from './plan.ts';
import type { ProgramName } from './programs.ts';

interface Shards {
  readonly seed: string;
  /** Of each shard. */
  readonly minutes: number;
  readonly shards: number;
  readonly only: ProgramName | undefined;
  readonly folder: string;
}

interface Means {
  readonly print: (line: string) => void;
  /** Runs a program in a process: name, seed, minutes and folder. Gives its exit code, 130 where the user has interrupted it. */
  readonly start: (values: readonly string[]) => Promise<number>;
}

/** A program whose process dies so often is given up for this shard. */
const mostDeaths = 40;

/** Runs every part of every shard that has not been finished yet. Gives false where it was interrupted. */
export async function runShards({ seed, minutes, shards, only, folder }: Shards, { print, start }: Means): Promise<boolean> {
  for (let shard = 1; shard <= shards; shard++) {
    for (const { name, share } of partsOf(shard, only)) {
      const own = `${seed}-${shard}`;
      const files = new Files(folder, name, own);
      const finished = join(folder, `${name}-${own}-${minutes * share}.finished`);
      if (existsSync(finished)) continue;
      print(`shard ${shard} of ${shards}: ${name}, ${(minutes * share).toPrecision(3)} min`);
      for (let deaths = 0; ; deaths++) {
        const code = await start([name, own, String(minutes * share), folder]);
        if (code === 130) return false;
        if (code === 0) break;
        if (deaths === mostDeaths) {
          print(`${name} is given up: its process died ${mostDeaths} times`);
          break;
        }
      }
      writeFileSync(finished, '');
      const { next, cpu, found } = files.readProgress();
      const findings = Object.values(found).reduce((sum, each) => sum + each, 0);
      print(`  ${next} cases, ${cpu.toFixed(0)} s of processor time, ${findings} findings of ${Object.keys(found).length} kinds`);
    }
  }
  return true;
}
