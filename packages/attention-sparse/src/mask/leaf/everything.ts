import { type Mask, mask } from '../algebra/mask.ts';

/**
 * Every query attends to every key.
 * @example
 * everything().allows(0, 99); // => true
 */
export const everything = (): Mask =>
  mask({ name: 'everything()', json: { kind: 'everything' }, allows: () => true, cover: () => 'all', pattern: () => '' });

/**
 * No query attends to any key: attention gives zeros.
 * @example
 * nothing().or(causal()).allows(1, 0); // => true
 */
export const nothing = (): Mask =>
  mask({ name: 'nothing()', json: { kind: 'nothing' }, allows: () => false, cover: () => 'none', pattern: () => '' });
