import type { Instructions } from '@longspan/wasm-backend';
import { countedLoop, f32Const, f32x4, localGet, localSet, moduleOf, multiplyAdd } from './wasm-module.ts';

/** How a loop of the micro-benchmark keeps the arithmetic units busy. */
export interface PeakLoop {
  /** Independent chains of vectors, so that none waits for another. */
  readonly chains: number;
  /** Chained: x = x · a + b, in each chain. Apart: as many chains of products and of sums, which never wait for each other. */
  readonly style: 'chained' | 'apart';
}

/** Floating-point operations of one turn of the loop. */
export const flopsPerTurn = ({ chains, style }: PeakLoop): number => 4 * chains * (style === 'chained' ? 2 : 1);

/**
 * A module with one function `run(turns)`: multiply-adds on vectors of four floats in registers, nothing else. The values stay
 * finite and normal: products by 1, sums of 0, read from variables so that no compiler may leave them out.
 */
export function peakModule(loop: PeakLoop, instructions: Instructions): Uint8Array<ArrayBuffer> {
  const { chains, style } = loop;
  const [turns, one, zero, first] = [0, 1, 2, 3];
  // Fused: zero · one + x instead of x · one + zero, the same chain.
  const chained = (chain: number): number[] =>
    instructions === 'relaxed-simd'
      ? multiplyAdd(localGet(zero), localGet(one), chain, instructions)
      : [...localGet(chain), ...localGet(one), ...f32x4.mul, ...localGet(zero), ...f32x4.add, ...localSet(chain)];
  const halves = (chain: number, at: number): number[] =>
    at % 2 === 0
      ? [...localGet(chain), ...localGet(one), ...f32x4.mul, ...localSet(chain)]
      : [...localGet(chain), ...localGet(zero), ...f32x4.add, ...localSet(chain)];
  const all = Array.from({ length: chains }, (_, at) => at);
  return moduleOf({
    parameters: 1,
    integers: 0,
    vectors: 2 + chains,
    code: [
      ...[...f32Const(1), ...f32x4.splat, ...localSet(one)],
      ...all.flatMap((at) => [...f32Const(1 + at), ...f32x4.splat, ...localSet(first + at)]),
      ...countedLoop(
        turns,
        all.flatMap((at) => (style === 'chained' ? chained(first + at) : halves(first + at, at))),
      ),
      ...localGet(first),
      ...all.slice(1).flatMap((at) => [...localGet(first + at), ...f32x4.add]),
      ...f32x4.firstLane, // the result depends on all chains
    ],
  });
}
