import { parseArgs } from 'node:util';
import { register } from '@longspan/wasm-backend';
import { withBackend } from '../expect/backends.ts';
import { prepareBackends } from '../parity/backend.ts';
import { callAt } from './all-calls.ts';
import { watchHeap } from './heap-blocks.ts';
import { openReference } from './reference.ts';
import { callsPerCheck, intervals, type SoakPlace, type SoFar, soak } from './soak.ts';
import { megabytes, summary } from './summary.ts';

const usage = `pnpm soak [--minutes N] [--seed N] [--copies]

Random calls of all kernels of @longspan/wasm-backend on tfjs's wasm backend, forward and backward, on one thread and on two in turn:
random layouts, shapes and score terms of attention, every other fused contract, matrix products. One call in ${callsPerCheck}, or as many as it keeps up
with, is held against its reference, on tfjs's own kernels in another process. After each call tensors, bytes and heap blocks (tensors and the scratch of
kernels) must be as before it. ${intervals} times in the run the WebAssembly heap, the JavaScript heap and the process are measured: over the
second half none may grow, by the median slope, by more than the summary says.

  --minutes N   how long, 10 by default
  --seed N      decides every call; drawn and printed by default
  --copies      threads work on copies, as where tfjs has started its wasm backend before register(); in place by default

Ctrl-C ends it with what was found so far.
Exit code: 0 memory is flat and values are right, 1 not, 2 wrong usage, 130 interrupted.`;

export interface Output {
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
}

/** The command without its process: gives the exit code. */
export async function main(args: readonly string[], signal: AbortSignal, { print, complain }: Output): Promise<0 | 1 | 2 | 130> {
  let given: Given;
  try {
    given = parse(args);
  } catch (error) {
    complain(`soak: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (given.help) {
    print(usage);
    return 0;
  }
  const { minutes, seed, copies } = given;
  print(`Soaking for ${minutes} min. The same again: pnpm soak --minutes ${minutes} --seed ${seed}${copies ? ' --copies' : ''}`);
  const start = performance.now();
  const passed = (): number => (performance.now() - start) / 60_000;
  const reference = openReference(seed);
  const found = await soak(await openPlace(copies), {
    callAt: (at) => callAt(seed, at),
    expected: reference.expected,
    passed: () => passed() / minutes,
    isStopped: () => signal.aborted,
    onInterval: (so) => print(progressLine(passed(), minutes, so)),
  });
  reference.close();
  const { lines, isGood } = summary(found, !signal.aborted);
  print('');
  if (signal.aborted) print(`Interrupted after ${passed().toFixed(1)} of ${minutes} min: what was found so far.`);
  for (const line of lines) print(line);
  return signal.aborted ? 130 : isGood ? 0 : 1;
}

interface Given {
  readonly minutes: number;
  readonly seed: number;
  readonly copies: boolean;
  readonly help: boolean;
}

function parse(args: readonly string[]): Given {
  const { values } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : [...args], // pnpm passes on the -- that npm users write
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string' },
      copies: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && Number.isFinite(minutes))) throw new Error(`--minutes must be a number above 0, got ${values.minutes}`);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new Error(`--seed must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}, got ${values.seed}`);
  return { minutes, seed, copies: values.copies, help: values.help };
}

async function openPlace(copies: boolean): Promise<SoakPlace> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('the soak needs node --expose-gc');
  if (copies) await withBackend('wasm');
  else await startShared();
  const heap = watchHeap();
  return {
    heap,
    collectGarbage: () => void gc(),
    async enter(threads) {
      const { threads: got, threadsReason, unregister } = await register({ threads });
      if (got !== threads) throw new Error(`the soak must have ${threads} threads, got ${got}: ${threadsReason}`);
      return unregister;
    },
  };
}

/** tfjs's wasm backend as register() starts it for several threads. */
async function startShared(): Promise<void> {
  prepareBackends();
  (await register({ threads: 2 })).unregister();
}

function progressLine(passed: number, minutes: number, { calls, checked, faults, samples }: SoFar): string {
  const last = samples.at(-1);
  const memory =
    last === undefined ? '' : `heap ${megabytes(last.wasmHeap)}, JavaScript ${megabytes(last.jsHeap)}, process ${megabytes(last.resident)}`;
  const trouble = faults.length === 0 ? '' : `, ${faults.length} FAULTS, the last: ${faults.at(-1)}`;
  return `${passed.toFixed(1)} of ${minutes} min: ${calls} calls, ${checked} checked; ${memory}${trouble}`;
}
