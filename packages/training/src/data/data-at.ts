import { requireKind, requireKnown } from '@longspan/core-tensor/error';
import type { TokenData } from './data-from.ts';
import { asBatch, type TokenBatch, type TokenDataOptions, tokenDataNames } from './token-batch.ts';

/**
 * Data for `train` from a function that gives the batch of a position: examples of a task, say, drawn from a key of that position. It ends
 * where the function gives undefined.
 * @param batchAt the same batch for the same position
 * @throws ConfigError when it is no function; while training: for a batch that is not lists of tokens
 * @cost that of the batches, and one copy onto the backend
 * @example
 * const task = duplicationTask({ count: 2, symbols: 9 });
 * const data = dataAt((position) => taskBatch(task, { batch: 3, key: createKey('train').fold(position) }));
 * const { x, context } = (await data(7).next()).value;
 * [x.shape, context.targets.shape]; // => [[3, 5], [3, 5]]
 */
export function dataAt<Tokens extends TokenBatch>(
  batchAt: (position: number) => Tokens | undefined | Promise<Tokens | undefined>,
  options: TokenDataOptions<Tokens> = {},
): TokenData {
  const caller = 'dataAt';
  requireKind(caller, 'batchAt', batchAt, 'function');
  requireKnown(caller, options, tokenDataNames);
  const { ...own } = options;
  return async function* (from) {
    for (let position = from; ; position++) {
      const tokens = await batchAt(position);
      if (tokens === undefined) return;
      yield asBatch(caller, tokens, own);
    }
  };
}
