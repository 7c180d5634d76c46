import { add, concat, pad, reshape, slice, sum, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { requireKind, requireKnown } from '../error/index.ts';
import { defineLayer } from '../layer/define-layer.ts';
import type { Layer } from '../layer/layer.ts';
import { weightSpec } from '../layer/spec.ts';
import { defineOp } from '../op/define-op.ts';
import { dims } from '../tensor/dims.ts';
import { checkFeatures, checkSizes } from '../tensor/features.ts';
import { checkPosition, type PositionContext } from './learned.ts';
import { checkTokens } from './tokens.ts';

interface AxialAttributes {
  /** How many rows of the grid the sequence begins. */
  readonly rows: number;
  readonly tokens: number;
}

const axialOp = defineOp({
  name: 'LongspanAxialPositions',
  forward: ([first, second]: readonly [Tensor, Tensor], { rows, tokens }: AxialAttributes) => {
    const [[, , d1], [, n2, d2]] = [first.shape, second.shape] as [[number, number, number], [number, number, number]];
    // Adding zeros and not broadcastTo, which on wasm is a tile: a hundred times slower.
    const along = add(slice(first, [0, 0, 0], [rows, 1, d1]), zeros([rows, n2, d1]));
    const across = add(second, zeros([rows, n2, d2]));
    return [slice(reshape(concat([along, across], 2), [rows * n2, d1 + d2]), [0, 0], [tokens, d1 + d2])];
  },
  gradient: ({ inputs: [first, second] }, [dy], { rows, tokens }) => {
    const [[n1, , d1], [, n2, d2]] = [first.shape, second.shape] as [[number, number, number], [number, number, number]];
    const width = d1 + d2;
    const grid = reshape(
      pad(dy, [
        [0, rows * n2 - tokens],
        [0, 0],
      ]),
      [rows, n2, width],
    );
    // Summed first and cut afterwards: cutting the last axis of the large tensor is slow on wasm.
    const dFirst = slice(sum(grid, 1, true), [0, 0, 0], [rows, 1, d1]);
    const dSecond = slice(sum(grid, 0, true), [0, 0, d1], [1, n2, d2]);
    return [
      pad(dFirst, [
        [0, n1 - rows],
        [0, 0],
        [0, 0],
      ]),
      dSecond,
    ];
  },
});

/**
 * Adds to each token a vector that is put together from its row and its column, the sequence being laid out as a grid of
 * n1 rows of n2 tokens. So n1 · n2 positions take n1 · d1 + n2 · d2 parameters.
 * @shape x [..., n, d1 + d2] with n at most n1 · n2; first [n1, 1, d1]; second [1, n2, d2]
 * @param start the position of the first token
 * @returns [..., n, d1 + d2]
 * @throws ShapeError when x does not end in d1 + d2, or reaches beyond the grid; ConfigError when start is negative or not whole
 * @cost O(elements) time; one temporary [start + n, d1 + d2]
 * @source Kitaev et al. 2020, Reformer (arXiv 2001.04451) supplementary; AxialPositionEmbeddings of transformers
 * @example
 * await applyAxialPositions(zeros([3, 2]), tensor3d([[[1]], [[2]]]), tensor3d([[[10], [20]]])).array(); // => [[1, 10], [1, 20], [2, 10]]
 */
export function applyAxialPositions(x: Tensor, first: Tensor, second: Tensor, start = 0): Tensor {
  const { n1, n2, d1, d2 } = dims('applyAxialPositions', {
    first: [first, 'n1 1 d1:float32'],
    second: [second, '1 n2 d2:float32'],
  });
  const n = checkTokens('applyAxialPositions', x, d1 + d2, { start, length: n1 * n2, table: 'first and second' });
  return tidy(() => {
    const tokens = start + n;
    const [table] = axialOp([first, second], { rows: Math.ceil(tokens / n2), tokens });
    return add(x, slice(table, [start, 0], [n, d1 + d2]));
  });
}

export interface AxialPositionsConfig {
  /** Rows and columns of the grid; their product is the longest sequence. */
  readonly shape: readonly [number, number];
  /** Features from the row and from the column; their sum is the width. */
  readonly widths: readonly [number, number];
  /** Of the normal distribution that the parameters are drawn from; 1 by default, as in Reformer. */
  readonly standardDeviation?: number | undefined;
}

/**
 * Axial positions as a layer, with Reformer's parameters `weights.0` [n1, 1, d1] and `weights.1` [1, n2, d2].
 * @shape x [..., n, d1 + d2] -> [..., n, d1 + d2], n at most n1 · n2
 * @throws ConfigError when a size is not an integer of at least 1
 * @cost that of `applyAxialPositions`
 * @source AxialPositionEmbeddings of transformers
 * @example
 * axialPositions({ shape: [4, 8], widths: [3, 5] }).spec['weights.1'].shape; // => [1, 8, 5]
 */
export function axialPositions(config: AxialPositionsConfig): Layer<PositionContext> {
  requireKnown('axialPositions', config, { shape: 'list', widths: 'list', standardDeviation: 'amount' });
  const { shape, widths, standardDeviation = 1 } = config;
  requireKind('axialPositions', 'shape', shape, 'list');
  requireKind('axialPositions', 'widths', widths, 'list');
  const [[n1, n2], [d1, d2]] = [shape, widths];
  checkSizes('axialPositions', { 'shape[0]': n1, 'shape[1]': n2, 'widths[0]': d1, 'widths[1]': d2 });
  const draw = { kind: 'normal', standardDeviation } as const;
  return defineLayer({
    name: 'axialPositions',
    spec: { 'weights.0': weightSpec([n1, 1, d1], draw), 'weights.1': weightSpec([1, n2, d2], draw) },
    reads: ['position'],
    checkContext: checkPosition,
    check: (caller, x) => checkFeatures(caller, 'x', x, d1 + d2, 'widths'),
    run: ({ parameters }, x, { position = 0 }: PositionContext) =>
      applyAxialPositions(x, parameters.get('weights.0'), parameters.get('weights.1'), position),
  });
}
