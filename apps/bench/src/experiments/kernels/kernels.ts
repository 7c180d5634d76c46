import type { Experiment } from '../experiment.ts';
import type { Contest } from './contest.ts';
import { pointsOf } from './points.ts';
import type { ProductInput } from './product.ts';
import { kernelHeadline, rowTable } from './rows.ts';

/** How fast the kernels of wasm-backend are, beside tfjs's own and beside the machine's peak. */
export const kernels: Experiment<ProductInput, Contest> = {
  name: 'kernels',
  about: 'The kernels of wasm-backend, each held against what it must reach.',
  flags: [{ name: 'instructions', value: 'build', about: 'the build of the kernels', choices: ['simd128', 'relaxed-simd'] }],
  points: pointsOf,
  run: async (input, reporter) => (await import('./product-work.ts')).runProduct(input, reporter),
  tables: (findings) => [rowTable(findings)],
  headline: kernelHeadline,
};
