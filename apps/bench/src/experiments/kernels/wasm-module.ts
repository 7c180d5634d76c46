import type { Instructions } from '@longspan/wasm-backend';

// The little of WebAssembly's binary format that the micro-benchmarks are written in. The numbers are the specification's:
// https://webassembly.github.io/spec/core/appendix/index-instructions.html

const [v128, i32] = [0x7b, 0x7f];

const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];

export const f32x4: Readonly<Record<'splat' | 'add' | 'mul' | 'firstLane', readonly number[]>> = {
  splat: simd(0x13),
  add: simd(0xe4),
  mul: simd(0xe6),
  firstLane: [...simd(0x1f), 0],
};
const relaxedMultiplyAdd = simd(0x105);

export const localGet = (index: number): number[] => [0x20, ...unsigned(index)];
export const localSet = (index: number): number[] => [0x21, ...unsigned(index)];
const localTee = (index: number): number[] => [0x22, ...unsigned(index)];
export const i32Const = (value: number): number[] => [0x41, ...signed(value)];
export const f32Const = (value: number): number[] => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];

/** `index` += step */
export const advance = (index: number, step: number): number[] => [...localGet(index), ...i32Const(step), 0x6a, ...localSet(index)];

/** Turns of the loop as many as `counter` says, at least one. */
export const countedLoop = (counter: number, body: readonly number[]): number[] => [
  ...[0x03, 0x40], // loop
  ...body,
  ...[...localGet(counter), ...i32Const(1), 0x6b, ...localTee(counter), 0x0d, 0, 0x0b], // counter -= 1; again unless 0; end
];

/** Turns of the loop while `index` is below `end`. */
export const loopBelow = (index: number, end: number, body: readonly number[]): number[] => [
  ...[0x03, 0x40, ...localGet(index), ...localGet(end), 0x49, 0x04, 0x40], // loop, index < end, if
  ...body,
  ...[0x0c, 1, 0x0b, 0x0b], // again, end, end
];

// What is loaded and stored: an address from a local, and bytes behind it.
export const loadVector = (address: number, offset: number): number[] => [...localGet(address), ...simd(0x00), 4, ...unsigned(offset)];
export const loadSplat = (address: number, offset: number): number[] => [...localGet(address), ...simd(0x09), 2, ...unsigned(offset)];
export const storeVector = (offset: number, value: number): number[] => [
  ...[...i32Const(0), ...localGet(value)],
  ...[...simd(0x0b), 4, ...unsigned(offset)],
];

/** sum = x · y + sum, as the kernels' build has it: fused, or as two instructions. */
export const multiplyAdd = (x: readonly number[], y: readonly number[], sum: number, instructions: Instructions): number[] =>
  instructions === 'relaxed-simd'
    ? [...x, ...y, ...localGet(sum), ...relaxedMultiplyAdd, ...localSet(sum)]
    : [...x, ...y, ...f32x4.mul, ...localGet(sum), ...f32x4.add, ...localSet(sum)];

/** A function of numbers that gives a float, and how many variables of each kind it has besides. */
interface Body {
  readonly parameters: number;
  readonly integers: number;
  readonly vectors: number;
  readonly code: readonly number[];
}

/** A module with a memory of 64 KiB, all zeros, and the function `run`. */
export function moduleOf({ parameters, integers, vectors, code }: Body): Uint8Array<ArrayBuffer> {
  const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content];
  const body = [2, ...unsigned(integers), i32, ...unsigned(vectors), v128, ...code, 0x0b];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, ...unsigned(parameters), ...Array<number>(parameters).fill(i32), 1, 0x7d]), // (i32 …) -> f32
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [1, 3, ...Array.from('run', (letter) => letter.charCodeAt(0)), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const isLast = value >= -0x40 && value < 0x40;
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
