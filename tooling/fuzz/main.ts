import { parseArgs } from 'node:util';
import { withBackend } from '../expect/backends.ts';
import { mutatedCheckpoints } from './checkpoints.ts';
import { type Finding, fuzz } from './fuzz.ts';
import { maskTrees } from './masks.ts';
import { mistakenCalls } from './options.ts';
import { damagedFiles } from './safetensors.ts';
import { mutatedSentenceEncoders } from './sentence-encoders.ts';
import { oddDocuments } from './text/documents.ts';
import { nativeTokenizers } from './text/native-tokenizers.ts';
import { mutatedTokenizers } from './text/tokenizers.ts';

const usage = `pnpm fuzz [--minutes N | --inputs N] [--only TEXT] [--seed N]

Random inputs of what reads a stranger's words: damaged safetensors files; trees of masks as JSON, right, wrong, deep and wide; configs and
indexes of checkpoints of every family, modules of sentence-transformers and manifests of graph models, with values changed, removed and
renamed; files of tokenizers, with expressions that would never end; tokenizers that are right, beside Hugging Face's native build; documents
that nobody would write; and calls of every public function with up to three mistakes in their arguments. Each must give a result or one of our
errors, in bounded time and memory. A finding is printed with its seed and the smallest input that shows it.

  --minutes N   how long, 10 by default
  --inputs N    so many inputs of each kind in the place of a time
  --only TEXT   only the kinds with TEXT in their name: safetensors, masks, checkpoints, tokenizers, documents, mistakes
  --seed N      decides every input; drawn and printed by default. Round r has the seed N + r: a run goes on where another ended

Ctrl-C ends it after the round at work.
Exit code: 0 nothing found, 1 findings, 2 wrong usage.`;

/** Inputs of each kind in a round. */
const perRound = 200;

export interface Output {
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
}

/** The command without its process: gives the exit code. */
export async function main(args: readonly string[], signal: AbortSignal, { print, complain }: Output): Promise<0 | 1 | 2> {
  let given: Given;
  try {
    given = parse(args);
  } catch (error) {
    complain(`fuzz: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (given.help) {
    print(usage);
    return 0;
  }
  const { minutes, inputs: wanted, only, seed } = given;
  const all = [
    damagedFiles,
    maskTrees,
    mutatedCheckpoints,
    mutatedSentenceEncoders,
    mutatedTokenizers,
    nativeTokenizers,
    oddDocuments,
    await mistakenCalls(),
  ];
  const families = all.filter(({ name }) => name.includes(only));
  if (families.length === 0) {
    complain(`fuzz: --only must name a kind of input, got ${only}\n\n${usage}`);
    return 2;
  }
  const length = wanted === undefined ? `${minutes} min` : `${wanted} inputs`;
  const words = [wanted === undefined ? `--minutes ${minutes}` : `--inputs ${wanted}`, ...(only === '' ? [] : [`--only ${only}`])];
  print(`Fuzzing for ${length}. The same again: pnpm fuzz ${words.join(' ')} --seed ${seed}`);
  await withBackend('cpu');
  const start = performance.now();
  const passed = (): number => (performance.now() - start) / 60_000;
  const isDone = (rounds: number): boolean => (wanted === undefined ? passed() >= minutes : rounds * perRound >= wanted);
  let shown = 0;
  const { tried, findings } = await fuzz({
    families,
    seed,
    inputs: perRound,
    isGoingOn: (rounds) => !signal.aborted && !isDone(rounds),
    onRound: (rounds, inputs, found) => {
      for (const finding of found.slice(shown)) print(worded(finding));
      shown = found.length;
      if (rounds % 10 === 0)
        print(`${passed().toFixed(1)} min of ${length}: ${inputs} inputs, ${found.length} findings; the next seed is ${seed + rounds}`);
    },
  });
  print(`${tried} inputs, ${findings.length} findings.`);
  return findings.length === 0 ? 0 : 1;
}

const worded = ({ family, seed, input, problem }: Finding): string =>
  `FOUND in ${family}, seed ${seed}: ${problem}\n  smallest input: ${input}`;

interface Given {
  readonly minutes: number;
  readonly inputs: number | undefined;
  readonly only: string;
  readonly seed: number;
  readonly help: boolean;
}

function parse(args: readonly string[]): Given {
  const { values } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : [...args], // pnpm passes on the -- that npm users write
    options: {
      minutes: { type: 'string', default: '10' },
      inputs: { type: 'string' },
      only: { type: 'string', default: '' },
      seed: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && Number.isFinite(minutes))) throw new Error(`--minutes must be a number above 0, got ${values.minutes}`);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`--seed must be an integer of at least 0, got ${values.seed}`);
  const inputs = values.inputs === undefined ? undefined : Number(values.inputs);
  if (inputs !== undefined && !(Number.isSafeInteger(inputs) && inputs > 0)) {
    throw new Error(`--inputs must be an integer above 0, got ${values.inputs}`);
  }
  return { minutes, inputs, only: values.only, seed, help: values.help };
}
