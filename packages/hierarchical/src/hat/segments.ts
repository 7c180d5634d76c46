import type { Padding } from '@longspan/core-tensor';
import { remember } from '@longspan/core-tensor/memo';
import { derivedPadding, type PaddingSizes, paddingBy } from '../padding/derived-padding.ts';

const tails = remember<Padding>('padding of the last HAT segment');

/** The padding of a sequence that is filled up with padding to `to` tokens. */
export function paddedTo(to: number, of: Padding | undefined, { batch, length }: PaddingSizes): Padding | undefined {
  if (to === length) return of;
  if (of !== undefined) return derivedPadding(of, `filled up to ${to}`, to, (row, at) => at < length && of.isToken(row, at));
  return tails(`${batch} rows of ${length} in ${to}`, () => paddingBy({ batch, length: to }, (_, at) => at < length));
}

/** The padding of the first tokens of all segments. */
export const paddingOfFirsts = (of: Padding | undefined, segmentLength: number): Padding | undefined =>
  of && derivedPadding(of, `first of each ${segmentLength}`, of.length / segmentLength, (row, at) => of.isToken(row, at * segmentLength));
