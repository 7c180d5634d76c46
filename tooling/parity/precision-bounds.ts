import type { PackedKind } from '@longspan/core-tensor';
import { measuredErrors, otherChoices } from './precision-measured.ts';

/** What a bound leaves above the largest error that was measured: sums in another order, another build of the kernels. */
const factor = 1.5;

/**
 * How far an output of packed weights may be from the reference's, as a part of the largest number of that output; 0 for a family that was
 * not measured. Rounded weights are another model: its distance says how coarse they are, not how exact the arithmetic is. A case in which
 * they choose otherwise has a bound of its own.
 */
export const precisionBound = (precision: PackedKind, family: string, name: string): number =>
  factor * (otherChoices[name]?.[precision] ?? measuredErrors[family]?.[precision] ?? 0);
