import { join } from 'node:path';
import type { ExperimentOptions, Point } from '../../run/experiment.ts';
import { workspaceRoot } from '../../run/source-hash.ts';
import { buildOf, engineArguments } from '../kernels/build.ts';
import { interpreterOf } from '../peers/interpreter.ts';
import type { BookInput } from './input.ts';

export const bookPoint = 'training on the book';

/** Operations of one side in units of 10^12: PyTorch's eleven minutes on two cores, and as many as fit into two minutes for both. */
const usual = { full: 80, quick: 1 } as const;

export function pointsOf(options: ExperimentOptions): readonly Point<BookInput>[] {
  const { seed, full, flags } = options;
  const build = buildOf(options);
  const python = interpreterOf(flags['python']);
  return [
    {
      name: bookPoint,
      input: {
        seed,
        size: { layers: 4, width: 256, heads: 4, n: 512, left: 511 },
        dropout: 0.1,
        batch: full ? 4 : 1,
        flops: Number(flags['operations'] ?? (full ? usual.full : usual.quick)) * 1e12,
        learningRate: full ? 1e-3 : 2e-3,
        weightDecay: 0.01,
        judgements: full ? 16 : 4,
        judgedBytes: full ? 32_768 : 4096,
        lastBytes: full ? 129_159 : 16_384, // judging all of them takes longer than the short training
        threads: Number(flags['threads'] ?? 2),
        ...(build && { instructions: build }),
        ...(python === undefined ? {} : { python }),
        script: join(workspaceRoot, 'apps/bench/src/experiments/book/torch_book.py'),
        folder: join(workspaceRoot, 'apps/bench/.peers'),
      },
      execArgv: engineArguments(build),
    },
  ];
}
