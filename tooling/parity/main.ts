import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { backends } from './backend.ts';
import { PathError } from './fixture-files.ts';
import { kernelSets } from './place.ts';
import { counts, reportJson } from './report.ts';
import { type RunOptions, run } from './run.ts';
import { closing, Table } from './table.ts';

const usage = `pnpm parity [directory...] [--backend cpu|wasm|webgpu] [--kernels reference|longspan [--threads N]]
       [--precision float32|float16|int8] [--json] [--only TEXT]

Replays the reference implementations' numbers (*.safetensors in the format of tooling/golden/README.md) through the public API:
every output and every gradient, each case against its own tolerance. Without a directory: tooling/golden.

  --backend cpu|wasm|webgpu     the tfjs backend (default cpu)
  --kernels reference|longspan  tfjs's own kernels and the reference attention (default), or those of @longspan/wasm-backend or gpu-backend
  --threads N                   threads that share a call of Longspan's kernels (default 1); tiny calls stay on one
  --precision PRECISION         packs the weights of models by fromPretrained: their outputs alone, within precision-bounds.ts (default float32)
  --json                        one JSON object on standard output instead of the table
  --only TEXT                   only cases with TEXT in their family, name or path

Exit code: 0 all passed, 1 a miss or nothing to replay, 2 wrong usage.`;

const precisions = ['float32', 'float16', 'int8'] as const;

/** Where the lines of a run go. */
export interface Output {
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
}

/** The command without its process: gives the exit code. */
export async function main(args: readonly string[], from: string, { print, complain }: Output): Promise<0 | 1 | 2> {
  let given: Given;
  try {
    given = parse(args, from);
  } catch (error) {
    complain(`parity: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (given.help) {
    print(usage);
    return 0;
  }
  let table: Table | undefined;
  try {
    const report = await run(given, {
      start: (cases, place) => {
        if (given.json) return;
        table = new Table(cases);
        print(`${place}\n\n${table.header()}`);
      },
      done: (result) => {
        if (table !== undefined) print(table.line(result));
      },
    });
    if (given.json) print(reportJson(report));
    else for (const line of closing(report)) print(line);
    return counts(report).failed > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    complain(error.message);
    return 1;
  }
}

interface Given extends RunOptions {
  readonly json: boolean;
  readonly help: boolean;
}

function parse(args: readonly string[], from: string): Given {
  const { values, positionals } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : [...args], // pnpm passes on the -- that npm users write
    allowPositionals: true,
    options: {
      backend: { type: 'string', default: 'cpu' },
      kernels: { type: 'string', default: 'reference' },
      threads: { type: 'string', default: '1' },
      precision: { type: 'string', default: 'float32' },
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const backend = oneOf('--backend', backends, values.backend);
  const kernels = oneOf('--kernels', kernelSets, values.kernels);
  if (kernels === 'longspan' && backend === 'cpu') throw new Error('--kernels longspan needs --backend wasm or webgpu, got --backend cpu');
  const precision = oneOf('--precision', precisions, values.precision);
  const threads = Number(values.threads);
  if (!/^[1-9]\d?$/.test(values.threads)) throw new Error(`--threads must be an integer from 1 to 99, got ${values.threads}`);
  if (threads > 1 && (kernels !== 'longspan' || backend !== 'wasm')) throw new Error('--threads needs --backend wasm --kernels longspan');
  const golden = fileURLToPath(new URL('../golden', import.meta.url));
  const paths = positionals.length === 0 ? [golden] : positionals.map((path) => resolve(from, path));
  return { paths, backend, kernels, threads, precision, only: values.only, json: values.json, help: values.help };
}

function oneOf<Choice extends string>(option: string, choices: readonly Choice[], given: string): Choice {
  const found = choices.find((choice) => choice === given);
  if (found === undefined) throw new Error(`${option} must be ${choices.join(' or ')}, got ${given}`);
  return found;
}
