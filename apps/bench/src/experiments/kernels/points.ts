import type { Instructions } from '@longspan/wasm-backend';
import type { ExperimentOptions, Point } from '../experiment.ts';
import type { Product, ProductInput } from './product.ts';

const sides = { transposeA: false, transposeB: false } as const;
const big = { batch: 1, m: 1024, k: 768, n: 768 } as const;

/** The products of the table, by the name of their point. */
const products: Readonly<Record<string, Product>> = {
  'matMul 1024 x 768 x 768': { ...big, ...sides },
  'matMul 1024 x 768 x 768, b transposed': { ...big, ...sides, transposeB: true },
  'matMul 1024 x 768 x 768, a transposed': { ...big, ...sides, transposeA: true },
  'matMul 1024 x 768 x 768, both transposed': { ...big, transposeA: true, transposeB: true },
  'matMul 12 x [512 x 64 x 512]': { ...sides, batch: 12, m: 512, k: 64, n: 512 },
};

export function pointsOf({ seed, full, flags }: ExperimentOptions): readonly Point<ProductInput>[] {
  const build = flags['instructions'];
  const common = {
    seed,
    rounds: full ? 21 : 7,
    turnSeconds: full ? 0.2 : 0.05,
    ...(typeof build === 'string' ? { instructions: build as Instructions } : {}),
  };
  return Object.entries(products).map(([name, product]) => ({ name, input: { kind: 'product', ...product, ...common } }));
}
