import { type Padding, padding } from '@longspan/core-tensor';
import { rememberByIdentity } from '@longspan/core-tensor/memo';

export interface PaddingSizes {
  readonly batch: number;
  readonly length: number;
}

const known = rememberByIdentity('padding of pooled and cut sequences', (_: Padding) => new Map<string, Padding>());

/** A padding by a rule. */
export const paddingBy = ({ batch, length }: PaddingSizes, isToken: (row: number, at: number) => boolean): Padding =>
  padding(Array.from({ length: batch }, (_, row) => Array.from({ length }, (_, at) => (isToken(row, at) ? 1 : 0))));

/**
 * A padding that follows from another one: the same object for the same text, so that masks are made once for it.
 * @param how what is done to the padding, numbers included
 */
export function derivedPadding(of: Padding, how: string, length: number, isToken: (row: number, at: number) => boolean): Padding {
  const found = known(of).get(how) ?? paddingBy({ batch: of.batch, length }, isToken);
  known(of).set(how, found);
  return found;
}
