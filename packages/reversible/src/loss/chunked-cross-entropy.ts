import { applyLinear, type CrossEntropyOptions, crossEntropy, dims } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { defineOp, type Op } from '@longspan/core-tensor/kernel';
import {
  add,
  cast,
  concat,
  dispose,
  div,
  notEqual,
  reshape,
  scalar,
  slice,
  sum,
  type Tensor,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { vjp } from '../recompute/vjp.ts';

export interface ChunkedCrossEntropyOptions extends Omit<CrossEntropyOptions, 'reduction'> {
  /** 'mean' if absent: over the rows that are not ignored. */
  readonly reduction?: 'mean' | 'sum';
  /** Rows (tokens of all batch rows together) whose logits are there at one time. */
  readonly chunkLength: number;
}

export interface LossInputs {
  /** [..., width] */
  readonly hidden: Tensor;
  /** [classes, width]: the output projection, or a tied embedding. */
  readonly weight: Tensor;
  /** [classes] */
  readonly bias?: Tensor;
  /** int32 [...] */
  readonly targets: Tensor;
}

type Inputs = readonly [hidden: Tensor, targets: Tensor, weight: Tensor, ...bias: Tensor[]];

const lossOp: Op<Inputs, [Tensor], Required<ChunkedCrossEntropyOptions>> = defineOp({
  name: 'LongspanChunkedCrossEntropy',
  forward([hidden, targets, weight, bias]: Inputs, options: Required<ChunkedCrossEntropyOptions>): [Tensor] {
    const parts = chunks(hidden, options.chunkLength).map((chunk) =>
      tidy(() => lossOf(rowsOf(hidden, chunk), rowsOf(targets, chunk), weight, bias, options)),
    );
    const total = parts.reduce((whole, part) => add(whole, part));
    return [options.reduction === 'sum' ? total : div(total, counted(targets, options))];
  },
  gradient({ inputs: [hidden, targets, weight, bias] }, [dy], options) {
    const share = options.reduction === 'sum' ? dy : div(dy, counted(targets, options));
    const shared = bias === undefined ? [weight] : [weight, bias];
    const ofRows: Tensor[] = [];
    let sums: readonly Tensor[] = [];
    for (const chunk of chunks(hidden, options.chunkLength)) {
      const before = sums;
      const [rows, ...next] = tidy(() => {
        const [x, target] = [rowsOf(hidden, chunk), rowsOf(targets, chunk)];
        const xs = [x, ...shared];
        const { gradients } = vjp(() => lossOf(x, target, weight, bias, options), xs, share);
        const [own, ...parts] = xs.map((each, at) => gradients[at] ?? zerosLike(each)) as [Tensor, ...Tensor[]];
        return [own, ...parts.map((part, at) => (before[at] === undefined ? part : add(before[at], part)))];
      }) as [Tensor, ...Tensor[]];
      dispose([...before]);
      ofRows.push(rows);
      sums = next;
    }
    return [reshape(concat(ofRows), hidden.shape), null, ...sums];
  },
});

interface Chunk {
  readonly start: number;
  readonly count: number;
}

function chunks(hidden: Tensor, chunkLength: number): readonly Chunk[] {
  const rows = hidden.size / (hidden.shape.at(-1) as number);
  return Array.from({ length: Math.ceil(rows / chunkLength) }, (_, nth) => ({
    start: nth * chunkLength,
    count: Math.min(chunkLength, rows - nth * chunkLength),
  }));
}

/** Rows of float [..., width], or of int32 [...]. */
function rowsOf(x: Tensor, { start, count }: Chunk): Tensor {
  if (x.dtype === 'int32') return slice(reshape(x, [-1]), [start], [count]);
  const width = x.shape.at(-1) as number;
  return slice(reshape(x, [-1, width]), [start, 0], [count, width]);
}

const lossOf = (
  rows: Tensor,
  targets: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  { ignoreIndex, labelSmoothing }: Required<ChunkedCrossEntropyOptions>,
): Tensor => crossEntropy(applyLinear(rows, weight, bias), targets, { reduction: 'sum', ignoreIndex, labelSmoothing });

const counted = (targets: Tensor, { ignoreIndex }: Required<ChunkedCrossEntropyOptions>): Tensor =>
  sum(cast(notEqual(targets, scalar(ignoreIndex, 'int32')), 'float32'));

/**
 * The cross entropy of a linear output layer, some rows at a time: logits of all rows never exist at once, neither forward nor in
 * the backward pass, which computes each chunk again.
 * @shape hidden [..., width]; weight [classes, width]; bias [classes]; targets int32 [...]
 * @returns a scalar; the mean over no rows at all is NaN, as in PyTorch
 * @throws ShapeError when an argument does not fit; ConfigError when chunkLength is not an integer of at least 1
 * @cost O(rows · classes · width) time, forward 1 product, backward 3; temporaries of 4 · chunkLength · classes bytes
 * @source Kitaev et al. 2020 (arXiv 2001.04451) §3
 * @example
 * const inputs = { hidden: tensor2d([[0, 1], [1, 0], [5, 5]]), weight: tensor2d([[0, 0], [1, 1]]), targets: tensor1d([0, 1, -100], 'int32') };
 * (await chunkedCrossEntropy(inputs, { chunkLength: 2 }).data())[0]; // => 0.8132617
 */
export function chunkedCrossEntropy({ hidden, weight, bias, targets }: LossInputs, options: ChunkedCrossEntropyOptions): Tensor {
  const caller = 'chunkedCrossEntropy';
  const { chunkLength, reduction = 'mean', ignoreIndex = -100, labelSmoothing = 0 } = options;
  dims(caller, {
    weight: [weight, 'classes width:float32'],
    bias: [bias, 'classes:float32'],
    hidden: [hidden, '... width:float32'],
    targets: [targets, '...:int32'],
  });
  if (!(Number.isSafeInteger(chunkLength) && chunkLength >= 1)) {
    throw new ConfigError({
      caller,
      problem: 'chunkLength is not a number of rows.',
      expected: 'an integer of at least 1',
      got: String(chunkLength),
      remedy: 'give as many rows as their logits may take memory: 4 · chunkLength · classes bytes.',
    });
  }
  const attributes = { chunkLength, reduction, ignoreIndex, labelSmoothing };
  return lossOp(bias === undefined ? [hidden, targets, weight] : [hidden, targets, weight, bias], attributes)[0];
}
