import type { Tensor } from '@tensorflow/tfjs-core';
import { gatherRowsContract } from '../contracts/gather-rows/contract.ts';
import { ConfigError, requireKnown, show } from '../error/index.ts';
import { dims, requireFilled } from '../tensor/dims.ts';
import { checkDtype, checkSizes } from '../tensor/features.ts';
import { defineLayer } from './define-layer.ts';
import type { Layer } from './layer.ts';
import { weightSpec } from './spec.ts';

/**
 * Takes the rows of a table by their index. An index outside the table gives a row of NaN (and no gradient): checking the
 * indices first would mean to read them back.
 * @shape table [rows, width]; ids int32 [...]
 * @param options.paddingIndex this row is read like any other but gets no gradient
 * @returns [..., width]
 * @throws ShapeError when ids are not int32; ConfigError when the padding index is not a row of the table
 * @cost O(ids · width) time; the gradient has the table's size
 * @source torch.nn.functional.embedding, which throws for an index outside the table
 * @example
 * await gatherRows(tensor2d([[1, 2], [3, 4]]), tensor1d([1, 1, 0], 'int32')).array(); // => [[3, 4], [3, 4], [1, 2]]
 */
export function gatherRows(table: Tensor, ids: Tensor, options: { readonly paddingIndex?: number | undefined } = {}): Tensor {
  requireKnown('gatherRows', options, { paddingIndex: true });
  const { paddingIndex } = options;
  const { rows, width } = dims('gatherRows', { table: [table, 'rows width:float32'] });
  requireFilled('gatherRows', { rows, width });
  checkDtype('gatherRows', 'ids', ids, 'int32');
  checkPadding('gatherRows', paddingIndex, rows);
  return gatherRowsContract.run([table, ids], { rows, width, paddingIndex: paddingIndex ?? null })[0];
}

export interface EmbeddingConfig {
  /** Rows of the table: how many different ids there are. */
  readonly vocabulary: number;
  /** Features of each row. */
  readonly width: number;
  /** A row that starts as zeros and gets no gradient. */
  readonly paddingIndex?: number | undefined;
  /** Of the normal distribution that the table is drawn from; 1 by default. */
  readonly standardDeviation?: number | undefined;
}

/**
 * An embedding with the parameter `weight`.
 * @shape ids int32 [...] -> [..., width]
 * @throws ConfigError when a size is not an integer of at least 1, or the padding index is not a row
 * @cost that of `gatherRows`
 * @source torch.nn.Embedding
 * @example
 * const letters = embedding({ vocabulary: 5, width: 2, paddingIndex: 0 });
 * await letters.apply(letters.init(createKey(1)), tensor1d([0, 0], 'int32')).data(); // => [0, 0, 0, 0]
 */
export function embedding(config: EmbeddingConfig): Layer {
  requireKnown('embedding', config, { vocabulary: true, width: true, paddingIndex: true, standardDeviation: 'amount' });
  const { vocabulary, width, paddingIndex, standardDeviation = 1 } = config;
  checkSizes('embedding', { vocabulary, width });
  checkPadding('embedding', paddingIndex, vocabulary);
  return defineLayer({
    name: 'embedding',
    spec: { weight: weightSpec([vocabulary, width], { kind: 'normal', standardDeviation, zeroRow: paddingIndex }) },
    check: (caller, ids) => checkDtype(caller, 'ids', ids, 'int32'),
    run({ caller, parameters }, ids) {
      checkDtype(caller, 'ids', ids, 'int32');
      return gatherRows(parameters.get('weight'), ids, { paddingIndex });
    },
  });
}

function checkPadding(caller: string, paddingIndex: number | undefined, rows: number): void {
  if (paddingIndex === undefined || (Number.isInteger(paddingIndex) && paddingIndex >= 0 && paddingIndex < rows)) return;
  throw new ConfigError({
    caller,
    problem: 'paddingIndex must be a row of the table.',
    expected: `an integer of 0 … ${rows - 1}`,
    got: show(paddingIndex),
    remedy: 'give the index of the padding row, or leave it out.',
  });
}
