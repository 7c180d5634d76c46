import { randomNormal } from '@longspan/core-tensor/key';
import { dispose, matMul, type Tensor, tensor3d } from '@tensorflow/tfjs-core';
import { columnsOf } from '../../figures/alternate.ts';
import type { Bench } from './bench.ts';
import { checkProduct } from './check-product.ts';
import { type Contender, contestOf, takeTurns, timesFaster } from './contest.ts';
import type { KernelFigures, Product } from './input.ts';
import { bareTile, findPeak } from './peak.ts';
import { profileOf } from './profile.ts';

/** tfjs's own product against ours, each checked against sums in double precision; and what ours would take at the machine's peak. */
export async function measureProduct(
  product: Product,
  { key, random, swap, pace, onRound }: Bench,
): Promise<Pick<KernelFigures, 'measured' | 'profiles'>> {
  const { batch, m, k, n, transposeA, transposeB } = product;
  const [a, b] = [randomNormal(key.fold('a'), batch * m * k), randomNormal(key.fold('b'), batch * k * n)];
  const left = tensor3d(a, transposeA ? [batch, k, m] : [batch, m, k]);
  const right = tensor3d(b, transposeB ? [batch, n, k] : [batch, k, n]);
  const run = (): Tensor => matMul(left, right, transposeA, transposeB);
  const [stock, ours]: [Contender, Contender] = [
    { name: 'tfjs-wasm', takeOver: swap.stock, run },
    { name: 'Longspan', takeOver: () => swap.ours(), run },
  ];
  const tried: number[] = [];
  for (const { name, takeOver } of [stock, ours]) {
    await takeOver();
    const start = performance.now();
    const out = run();
    tried.push((performance.now() - start) / 1000);
    checkProduct(name, (await out.data()) as Float32Array, a, b, product, random);
    dispose(out);
  }
  const [ofStockRun, seconds] = tried as [number, number];
  const peak = findPeak(swap.instructions(), seconds);
  const tileRows = swap.instructions() === 'relaxed-simd' ? 6 : 4;
  const tile = bareTile(swap.instructions(), tileRows, Math.min(k, slabDepth), seconds);
  const sides = [
    { ...stock, tried: ofStockRun },
    ours,
    ...[peak, tile].map((each): Contender => ({ name: '', takeOver: async () => {}, run: each.run })),
  ];
  const rounds = await takeTurns(sides, pace, onRound);
  const [ofStock, ofOurs, ofPeak, ofTile] = columnsOf(rounds, sides.length) as [number[], number[], number[], number[]];
  const flops = 2 * batch * m * k * n;
  const atRateOf = (taken: readonly number[], { flopsPerRun }: typeof tile): number[] => taken.map((each) => (each * flops) / flopsPerRun);
  return {
    measured: { time: timesFaster(contestOf(ofStock, ofOurs, random)) },
    profiles: {
      time: profileOf(
        'The peak and the tile are loops that keep to registers and the level-1 cache.',
        [
          { name: 'multiply-adds at the peak', seconds: atRateOf(ofPeak, peak) },
          {
            name: `in tiles of ${tileRows} x 8, ${Math.min(k, slabDepth)} steps deep: loads and addresses beside them`,
            seconds: atRateOf(ofTile, tile),
          },
          { name: 'packing both sides, caches, the call', seconds: ofOurs },
        ],
        ofStock,
      ),
    },
  };
}

/** Steps of a product's depth that our kernel takes at a time. */
const slabDepth = 384;
