import type { Instructions } from '@longspan/wasm-backend';

/** How a loop of the micro-benchmark keeps the arithmetic units busy. */
export interface PeakLoop {
  /** Independent chains of vectors, so that none waits for another. */
  readonly chains: number;
  /** Chained: x = x · a + b, in each chain. Apart: as many chains of products and of sums, which never wait for each other. */
  readonly style: 'chained' | 'apart';
}

/** Floating-point operations of one turn of the loop. */
export const flopsPerTurn = ({ chains, style }: PeakLoop): number => 4 * chains * (style === 'chained' ? 2 : 1);

// WebAssembly's own numbers: https://webassembly.github.io/spec/core/appendix/index-instructions.html
const [v128, i32] = [0x7b, 0x7f];
const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
const f32x4 = { splat: simd(0x13), add: simd(0xe4), mul: simd(0xe6), relaxedMultiplyAdd: simd(0x105) } as const;
const localGet = (index: number): number[] => [0x20, ...unsigned(index)];
const localSet = (index: number): number[] => [0x21, ...unsigned(index)];
const f32Const = (value: number): number[] => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];

/**
 * A module with one function `run(turns)`: multiply-adds on vectors of four floats in registers, nothing else. The values stay
 * finite and normal: products by 1, sums of 0, read from variables so that no compiler may leave them out.
 */
export function peakModule(loop: PeakLoop, instructions: Instructions): Uint8Array<ArrayBuffer> {
  const { chains, style } = loop;
  const [turns, one, zero, first] = [0, 1, 2, 3];
  const multiplyAdd = (chain: number): number[] =>
    instructions === 'relaxed-simd'
      ? [...localGet(chain), ...localGet(one), ...localGet(zero), ...f32x4.relaxedMultiplyAdd, ...localSet(chain)]
      : [...localGet(chain), ...localGet(one), ...f32x4.mul, ...localGet(zero), ...f32x4.add, ...localSet(chain)];
  const halves = (chain: number, at: number): number[] =>
    at % 2 === 0
      ? [...localGet(chain), ...localGet(one), ...f32x4.mul, ...localSet(chain)]
      : [...localGet(chain), ...localGet(zero), ...f32x4.add, ...localSet(chain)];
  const all = Array.from({ length: chains }, (_, at) => at);
  const body = [
    ...unsigned(1),
    ...unsigned(2 + chains),
    v128,
    ...[...f32Const(1), ...f32x4.splat, ...localSet(one)],
    ...all.flatMap((at) => [...f32Const(1 + at), ...f32x4.splat, ...localSet(first + at)]),
    ...[0x03, 0x40], // loop
    ...all.flatMap((at) => (style === 'chained' ? multiplyAdd(first + at) : halves(first + at, at))),
    ...[...localGet(turns), 0x41, 1, 0x6b, 0x22, turns, 0x0d, 0, 0x0b], // turns -= 1; again unless 0; end
    ...localGet(first),
    ...all.slice(1).flatMap((at) => [...localGet(first + at), ...f32x4.add]),
    ...[0xfd, 0x1f, 0], // f32x4.extract_lane 0: the result depends on all chains
    0x0b,
  ];
  const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, i32, 1, 0x7d]), // (i32) -> f32
    ...section(3, [1, 0]),
    ...section(7, [1, 3, ...'run'].map((each) => (typeof each === 'string' ? each.charCodeAt(0) : each)).concat([0, 0])),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
