import { ConfigError, requireInteger, requireKind, requireKnown } from '@longspan/core-tensor/error';
import { requireList } from '../metrics/numbers.ts';
import type { TokenData } from './data-from.ts';
import { asBatch, type TokenBatch, type TokenDataOptions, tokenDataNames } from './token-batch.ts';

export interface EpochOptions<Tokens extends TokenBatch> extends TokenDataOptions<Tokens> {
  /** How many there are; no end by default. */
  readonly epochs?: number | undefined;
}

/**
 * Data for `train` from all sequences again and again, in an order of its own each time: `batchesByLength` with a key of the epoch, say.
 * @param listOf what the batches of an epoch are made of, in their order; the same for the same epoch
 * @param batchOf makes one of them, when its turn comes
 * @throws ConfigError when a function is none, or `epochs` no integer of at least 1; while training: for a list that is empty, and a batch that
 *   is not lists of tokens
 * @cost that of the batches, and one copy onto the backend; a position costs the lists of the epochs before it
 * @example
 * const sequences = [[1, 2, 3], [4, 5], [6, 7]];
 * const listOf = (epoch) => batchesByLength(sequences.map(({ length }) => length), { tokens: 4, key: createKey('order').fold(epoch) });
 * const data = dataInEpochs(listOf, (indices) => paddedBatch(indices.map((at) => sequences[at])), { epochs: 2 });
 * const batches = data(2); // the second epoch
 * const shapes = [(await batches.next()).value.x.shape, (await batches.next()).value.x.shape];
 * shapes.map(String).sort(); // => ['1,3', '2,2']
 */
export function dataInEpochs<Item, Tokens extends TokenBatch>(
  listOf: (epoch: number) => readonly Item[],
  batchOf: (item: Item) => Tokens | Promise<Tokens>,
  options: EpochOptions<Tokens> = {},
): TokenData {
  const caller = 'dataInEpochs';
  requireKind(caller, 'listOf', listOf, 'function');
  requireKind(caller, 'batchOf', batchOf, 'function');
  requireKnown(caller, options, { ...tokenDataNames, epochs: true });
  const { epochs, ...own } = options;
  if (epochs !== undefined) requireInteger(caller, { epochs }, 1);
  return async function* (from) {
    let passed = 0;
    for (let epoch = 0; epochs === undefined || epoch < epochs; epoch++) {
      const list = listOf(epoch);
      requireList(caller, 'what listOf gives', list);
      if (list.length === 0) throw empty(caller, epoch);
      for (const item of list.slice(Math.max(0, from - passed))) yield asBatch(caller, await batchOf(item), own);
      passed += list.length;
    }
  };
}

const empty = (caller: string, epoch: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'every epoch must have a batch.',
    expected: 'a list of at least one',
    got: `an empty one for epoch ${epoch}`,
    remedy: 'give batchesByLength some sequences, or end the data by epochs.',
  });
