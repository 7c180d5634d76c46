import type { Experiment } from '../../run/experiment.ts';
import { buildFlag } from './build.ts';
import type { KernelFigures, KernelInput } from './input.ts';
import { pointsOf } from './points.ts';
import { kernelHeadline, kernelTable, profileTables } from './table.ts';

/** How fast the kernels of wasm-backend are, beside tfjs's own and beside the machine's peak. */
export const kernels: Experiment<KernelInput, KernelFigures> = {
  name: 'kernels',
  about: 'The kernels of wasm-backend, each beside what it must reach.',
  flags: [buildFlag],
  docs: 'all tables',
  points: pointsOf,
  run: async (input, reporter) => (await import('./work.ts')).runKernels(input, reporter),
  tables: (findings) => [kernelTable(findings), ...profileTables(findings)],
  headline: kernelHeadline,
};
