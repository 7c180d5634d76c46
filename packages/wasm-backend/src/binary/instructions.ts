/** The instruction sets that the kernels are built for, the best first. */
export const instructionSets = ['relaxed-simd', 'simd128'] as const;
export type Instructions = (typeof instructionSets)[number];

// (module (func (result v128) i32.const 0 i32x4.splat [twice more, and f32x4.relaxed_madd]))
const simd128 = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 17, 11];
const relaxedSimd = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, 19, 1, 17, 0, 65, 0, 253, 17, 65, 0, 253, 17, 65, 0, 253, 17, 253, 133, 2, 11],
];
const probes: Readonly<Record<Instructions, readonly number[]>> = { simd128, 'relaxed-simd': relaxedSimd };

/** Whether this engine has those instructions. */
export const accepts = (instructions: Instructions): boolean => WebAssembly.validate(Uint8Array.from(probes[instructions]));

/** The best instruction set that this engine accepts; undefined where it has no SIMD. */
export const bestInstructions = (): Instructions | undefined => instructionSets.find(accepts);
