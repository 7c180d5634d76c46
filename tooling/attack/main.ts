import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { command } from '../setup/command.mjs';
import { fromSource } from '../setup/from-source.mjs';
import { environment, root } from '../setup/workspace.mjs';
import { isProgram, type ProgramName, programNames } from './programs.ts';
import { runShards } from './shards.ts';
import { isBad, summaryOf } from './summary.ts';

const usage = `pnpm attack [--seed S] [--minutes N] [--shards N] [--only NAME] [--folder DIR]
pnpm attack --again CASE

Random cases against definitions that share nothing with the library: attention, mechanisms, layers and optimisers beside plain float64
loops; masks, texts and files beside rules read off the docs; every public function with odd values; runs that are killed, damaged and gone on
with; bundles, realms and threads; the bench's command line. Goes on from the state in its folder: the same command again finishes what was
interrupted, and a finished shard is not done again. Findings are lines of findings.jsonl in the folder; each names its case.

  --seed S      decides every case; 1 by default
  --minutes N   of processor time, for each shard; 20 by default
  --shards N    how many, 6 by default: numbers and edges in turn, one after the other
  --only NAME   the whole of each shard for one program: ${programNames.join(', ')}
  --folder DIR  where state and findings lie, .attack by default
  --again CASE  one case alone, named as in findings.jsonl: masks/1-2/563

Exit code: 0 nothing found but what is unclear, 1 findings, 2 wrong usage, 130 interrupted.`;

export interface Output {
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
}

/** The command without its process: gives the exit code. */
export async function main(args: readonly string[], { print, complain }: Output): Promise<number> {
  let given: Given;
  try {
    given = parse(args);
  } catch (error) {
    complain(`attack: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (given.help) {
    print(usage);
    return 0;
  }
  const start = (script: string, values: readonly string[]): Promise<number> =>
    command(process.execPath, ['--expose-gc', ...fromSource(`tooling/attack/${script}`, [...values])], {
      cwd: root,
      env: { ...environment, NO_COLOR: '1' },
      onText: (text: string) => print(text.trimEnd()),
    });
  if (given.again !== undefined) return start('again.ts', given.again);
  const { seed, minutes, shards, only, folder } = given;
  print(`Findings and state: ${folder}`);
  const isFinished = await runShards({ seed, minutes, shards, only, folder }, { print, start: (values) => start('child.ts', values) });
  const summary = summaryOf(folder, seed);
  for (const line of summary.lines) print(line);
  if (!isFinished) return 130;
  return summary.findings.some(isBad) ? 1 : 0;
}

interface Given {
  readonly seed: string;
  readonly minutes: number;
  readonly shards: number;
  readonly only: ProgramName | undefined;
  readonly folder: string;
  /** Name, seed and number of a case. */
  readonly again: readonly string[] | undefined;
  readonly help: boolean;
}

function parse(args: readonly string[]): Given {
  const { values } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : [...args], // pnpm passes on the -- that npm users write
    options: {
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '20' },
      shards: { type: 'string', default: '6' },
      only: { type: 'string' },
      folder: { type: 'string', default: '.attack' },
      again: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (!/^\w+$/.test(values.seed)) throw new Error(`--seed must be letters and digits, got ${values.seed}`);
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && Number.isFinite(minutes))) throw new Error(`--minutes must be a number above 0, got ${values.minutes}`);
  const shards = Number(values.shards);
  if (!Number.isSafeInteger(shards) || shards < 1) throw new Error(`--shards must be an integer of at least 1, got ${values.shards}`);
  const { only } = values;
  if (only !== undefined && !isProgram(only)) throw new Error(`--only must be one of ${programNames.join(', ')}, got ${only}`);
  const folder = resolve(environment.INIT_CWD, values.folder);
  return { seed: values.seed, minutes, shards, only, folder, again: caseOf(values.again), help: values.help };
}

function caseOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const parts = text.split('/');
  if (parts.length !== 3 || !isProgram(parts[0] as string) || !/^\d+$/.test(parts[2] as string))
    throw new Error(`--again must be a case as findings.jsonl names it, such as masks/1-2/563, got ${text}`);
  return parts;
}
