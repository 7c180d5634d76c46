import { cast, div, notEqual, reshape, scalar, sum, type Tensor, tidy, transpose, where, zerosLike } from '@tensorflow/tfjs-core';
import { mapRows, rowsGradient, weightGradient } from '../contracts/linear/reference.ts';
import { requireInteger, requireKnown, ShapeError } from '../error/index.ts';
import type { Span } from '../layout/span.ts';
import { defineOp, type Op } from '../op/define-op.ts';
import { dims } from '../tensor/dims.ts';
import { chunksOf, inChunks, itemsPerChunk, partOf, sumInChunks } from '../tensor/in-chunks.ts';
import { asRows, sumOfRows } from '../tensor/rows.ts';
import { vjp } from '../tensor/tfjs-engine.ts';
import { weightedTargets } from './class-weights.ts';
import { type CrossEntropyOptions, crossEntropy, requireClassWeights, requireCrossEntropyOptions } from './cross-entropy.ts';

export interface LinearCrossEntropyOptions extends CrossEntropyOptions {
  /** Rows (tokens of all batch rows together) whose logits are there at one time; as many as fill 16 MB by default. */
  readonly chunkLength?: number | undefined;
}

export interface LinearCrossEntropyInputs {
  /** [..., width] */
  readonly hidden: Tensor;
  /** [classes, width]: the output projection, or a tied embedding. */
  readonly weight: Tensor;
  /** [classes] */
  readonly bias?: Tensor | undefined;
  /** int32 [...] */
  readonly targets: Tensor;
}

/** Bias and class weights where the attributes say so. */
type Inputs = readonly [rows: Tensor, targets: Tensor, weight: Tensor, ...rest: Tensor[]];

interface Attributes {
  readonly chunkLength: number;
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;
  readonly hasBias: boolean;
  readonly hasClassWeights: boolean;
}

const chunksOfRows = (rows: Tensor, { chunkLength }: Attributes): readonly Span[] => chunksOf(rows.shape[0] as number, chunkLength);

interface Shared {
  readonly bias: Tensor | undefined;
  readonly classWeights: Tensor | undefined;
}

const sharedOf = ([, , , ...rest]: Inputs, { hasBias, hasClassWeights }: Attributes): Shared => ({
  bias: hasBias ? rest[0] : undefined,
  classWeights: hasClassWeights ? rest.at(-1) : undefined,
});

/** One loss for each row of logits. */
const lossesOf = (logits: Tensor, targets: Tensor, { classWeights }: Shared, { ignoreIndex, labelSmoothing }: Attributes): Tensor =>
  crossEntropy(logits, targets, { reduction: 'none', ignoreIndex, labelSmoothing, classWeights });

/** Rows that are ignored as zeros: their slope of 0 times what stands there would make the weight's gradient NaN. */
const counted = (rows: Tensor, targets: Tensor, { ignoreIndex }: Attributes): Tensor =>
  where(reshape(notEqual(targets, scalar(ignoreIndex, 'int32')), [-1, 1]), rows, zerosLike(rows));

// The weight is transposed once for all chunks: see contracts/linear/reference.ts.
const lossesOp: Op<Inputs, [Tensor], Attributes> = defineOp({
  name: 'LongspanLinearCrossEntropy',
  forward(inputs: Inputs, attributes: Attributes): [Tensor] {
    const [rows, targets, weight] = inputs;
    const shared = sharedOf(inputs, attributes);
    const transposed = transpose(weight);
    const [losses] = inChunks(chunksOfRows(rows, attributes), 0, (chunk) => [
      lossesOf(mapRows(partOf(rows, chunk), transposed, shared.bias), partOf(targets, chunk), shared, attributes),
    ]);
    return [losses];
  },
  gradient({ inputs }, [dy], attributes) {
    const [rows, targets, weight] = inputs;
    const shared = sharedOf(inputs, attributes);
    const { bias } = shared;
    const transposed = transpose(weight);
    const [dRows, ...sums] = sumInChunks(chunksOfRows(rows, attributes), 0, (chunk) => {
      const wanted = partOf(targets, chunk);
      const own = counted(partOf(rows, chunk), wanted, attributes);
      const logits = mapRows(own, transposed, bias);
      const [dLogits] = vjp(() => [lossesOf(logits, wanted, shared, attributes)], [logits], [partOf(dy, chunk)]).gradients as [Tensor];
      const ofShared = [weightGradient(dLogits, own), ...(bias === undefined ? [] : [sumOfRows(dLogits)])];
      return [rowsGradient(dLogits, weight), ...ofShared];
    });
    return [dRows, null, ...sums, ...(shared.classWeights === undefined ? [] : [null])];
  },
});

/**
 * The cross entropy of a linear output layer, some rows at a time: logits of all rows never exist at once, neither forward nor in
 * the backward pass, which computes each chunk again.
 * @shape hidden [..., width]; weight [classes, width]; bias and classWeights [classes]; targets int32 [...]
 * @returns a scalar, or [...] where the reduction is 'none' (0 for ignored rows). The mean over no rows at all is NaN, as in PyTorch
 * @throws ShapeError when an argument does not fit, or there are no rows; ConfigError for an option
 * @cost O(rows · classes · width) time, forward 1 product, backward 3; temporaries of 4 · chunkLength · classes bytes, and a transposed
 *   copy of the weight
 * @source Kitaev et al. 2020 (arXiv 2001.04451) §3; the loss as `crossEntropy`
 * @example
 * const inputs = { hidden: tensor2d([[0, 1], [1, 0], [5, 5]]), weight: tensor2d([[0, 0], [1, 1]]), targets: tensor1d([0, 1, -100], 'int32') };
 * (await linearCrossEntropy(inputs).data())[0]; // => 0.8132617
 */
export function linearCrossEntropy(inputs: LinearCrossEntropyInputs, options: LinearCrossEntropyOptions = {}): Tensor {
  const caller = 'linearCrossEntropy';
  requireKnown(caller, inputs, { hidden: true, weight: true, bias: true, targets: true });
  requireKnown(caller, options, { chunkLength: true, reduction: true, ignoreIndex: true, labelSmoothing: true, classWeights: true });
  const { hidden, weight, bias, targets } = inputs;
  const { chunkLength, reduction = 'mean', ignoreIndex = -100, labelSmoothing = 0, classWeights } = options;
  const { classes } = dims(caller, {
    weight: [weight, 'classes width:float32'],
    bias: [bias, '?classes:float32'],
    hidden: [hidden, '... width:float32'],
    targets: [targets, '...:int32'],
  });
  if (hidden.size === 0 || hidden.shape.slice(0, -1).join() !== targets.shape.join()) {
    throw new ShapeError({
      caller,
      problem: 'targets must have one class for each row of hidden.',
      expected: `[${hidden.shape.slice(0, -1).join(', ')}]  (set by hidden, without its last axis), at least one row`,
      got: `[${targets.shape.join(', ')}]`,
      remedy: 'give one class index for each row of hidden.',
    });
  }
  if (chunkLength !== undefined) requireInteger(caller, { chunkLength }, 1);
  requireCrossEntropyOptions(caller, { reduction, ignoreIndex, labelSmoothing });
  if (classWeights !== undefined) requireClassWeights(caller, classWeights, classes);
  const attributes = {
    chunkLength: chunkLength ?? itemsPerChunk(classes),
    ignoreIndex,
    labelSmoothing,
    hasBias: bias !== undefined,
    hasClassWeights: classWeights !== undefined,
  };
  return tidy(() => {
    const [rows, flat] = [asRows(hidden), reshape(targets, [-1])];
    const rest = [bias, classWeights].filter((each) => each !== undefined);
    const [losses] = lossesOp([rows, flat, weight, ...rest], attributes);
    if (reduction === 'none') return reshape(losses, targets.shape);
    const total = sum(losses);
    if (reduction === 'sum') return total;
    const weights =
      classWeights === undefined
        ? cast(notEqual(flat, scalar(ignoreIndex, 'int32')), 'float32')
        : weightedTargets(classWeights, flat, ignoreIndex).weights;
    return div(total, sum(weights));
  });
}
