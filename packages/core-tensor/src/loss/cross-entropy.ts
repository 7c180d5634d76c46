import {
  add,
  cast,
  concat,
  div,
  equal,
  gatherND,
  greaterEqual,
  less,
  log,
  logicalAnd,
  max,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  onesLike,
  range,
  reshape,
  scalar,
  scatterND,
  slice,
  softmax,
  stack,
  sub,
  sum,
  type Tensor,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { asRows } from '../contracts/rows.ts';
import { defineOp } from '../custom-op.ts';
import { ConfigError, ShapeError } from '../error/index.ts';
import { checkDtype } from '../features.ts';

export interface CrossEntropyOptions {
  /** 'mean' if absent: over the rows that are not ignored. 'none' gives one loss for each row. */
  readonly reduction?: 'mean' | 'sum' | 'none';
  /** Rows with this target have no loss and no gradient; −100 if absent. */
  readonly ignoreIndex?: number;
  /** The share of the target that is spread over all classes alike; 0 if absent. */
  readonly labelSmoothing?: number;
}

interface CrossEntropyAttributes extends Required<CrossEntropyOptions> {
  readonly classes: number;
}

/** So many numbers of a temporary softmax may exist at one time: 16 MB. */
const chunkElements = 2 ** 22;

const crossEntropyOp = defineOp({
  name: 'LongspanCrossEntropy',
  forward: ([logits, targets]: readonly [Tensor, Tensor], { reduction, ignoreIndex, labelSmoothing, classes }: CrossEntropyAttributes) => {
    const rows = asRows(logits);
    const { ignored, weights, safe } = readTargets(targets, ignoreIndex, classes);
    const losses = concatenated(
      chunks(rows, classes).map(({ start, length }) =>
        tidy(() => lossOfRows(slice(rows, [start, 0], [length, classes]), slice(safe, [start], [length]), labelSmoothing)),
      ),
    );
    // Chosen and not multiplied: an ignored row's loss may be infinite.
    const counted = where(ignored, zerosLike(losses), mul(losses, weights));
    if (reduction === 'none') return [reshape(counted, targets.shape)];
    const total = sum(counted);
    return [reduction === 'sum' ? total : div(total, sum(weights))];
  },
  gradient: ({ inputs: [logits, targets] }, [dy], { reduction, ignoreIndex, labelSmoothing, classes }) => {
    const rows = asRows(logits);
    const { weights, safe } = readTargets(targets, ignoreIndex, classes);
    const scaled = mul(weights, reduction === 'none' ? reshape(dy, [-1]) : dy);
    const shares = reduction === 'mean' ? div(scaled, sum(weights)) : scaled;
    const parts = chunks(rows, classes).map(({ start, length }) =>
      tidy(() => {
        const share = slice(shares, [start], [length]);
        const column = reshape(share, [length, 1]);
        const probabilities = mul(softmax(slice(rows, [start, 0], [length, classes])), column);
        const atTarget = mul(share, -(1 - labelSmoothing));
        const cells = scatterND(cellsOf(slice(safe, [start], [length])), atTarget, [length, classes]);
        const difference = add(probabilities, cells);
        return labelSmoothing === 0 ? difference : sub(difference, mul(column, labelSmoothing / classes));
      }),
    );
    return [reshape(concatenated(parts), logits.shape), null];
  },
});

/** −log softmax of the target, for each row; the maximum is taken off first, so that large logits lose no digits. */
function lossOfRows(logits: Tensor, targets: Tensor, labelSmoothing: number): Tensor {
  const highest = max(logits, -1);
  // The largest probability is 1 / Σ exp(logit − highest), at least 1 / classes: softmax is SIMD code on wasm, exp is not.
  const logOfSum = neg(log(max(softmax(logits), -1)));
  const below = sub(highest, gatherND(logits, cellsOf(targets)));
  const hit = add(below, logOfSum);
  if (labelSmoothing === 0) return hit;
  const spread = add(mean(sub(reshape(highest, [-1, 1]), logits), -1), logOfSum);
  return add(mul(hit, 1 - labelSmoothing), mul(spread, labelSmoothing));
}

/** [row, target] of each row. */
const cellsOf = (targets: Tensor): Tensor => stack([range(0, targets.size, 1, 'int32'), targets], 1);

/** Which rows are ignored; 0 for those, 1 for the others, NaN where the target is no class; and targets that can be gathered by. */
function readTargets(targets: Tensor, ignoreIndex: number, classes: number): { ignored: Tensor; weights: Tensor; safe: Tensor } {
  const flat = reshape(targets, [-1]);
  const ignored = equal(flat, scalar(ignoreIndex, 'int32'));
  const isClass = logicalAnd(greaterEqual(flat, scalar(0, 'int32')), less(flat, scalar(classes, 'int32')));
  const counted = where(isClass, onesLike(cast(flat, 'float32')), scalar(Number.NaN));
  return {
    ignored,
    weights: where(ignored, zerosLike(counted), counted),
    safe: minimum(maximum(flat, scalar(0, 'int32')), scalar(classes - 1, 'int32')),
  };
}

function chunks(rows: Tensor, classes: number): readonly { readonly start: number; readonly length: number }[] {
  const count = rows.shape[0] as number;
  const length = Math.max(1, Math.floor(chunkElements / classes));
  return Array.from({ length: Math.ceil(count / length) }, (_, nth) => ({
    start: nth * length,
    length: Math.min(length, count - nth * length),
  }));
}

const concatenated = (parts: readonly Tensor[]): Tensor => (parts.length === 1 ? (parts[0] as Tensor) : concat([...parts]));

/**
 * The negative logarithm, in nats, of the probability that softmax gives to the target class. No one-hot is made, and
 * temporaries take at most 16 MB each; the gradient has the size of the logits. A target that is neither a class nor ignoreIndex
 * makes the loss NaN: looking first would mean to read the targets back.
 * @shape logits [..., classes]; targets int32 [...]
 * @returns a scalar, or [...] where the reduction is 'none' (0 for ignored rows). The mean over no rows at all is NaN, as in PyTorch
 * @throws ShapeError when targets have other axes than the logits before their last, or are not int32; ConfigError for an option
 * @cost O(rows · classes) time
 * @source torch.nn.functional.cross_entropy; label smoothing as in Szegedy et al. 2016 (arXiv 1512.00567) §7
 * @example
 * const logits = tensor2d([[0, 0, 0, 0], [0, Math.log(3), -Infinity, -Infinity]]);
 * await crossEntropy(logits, tensor1d([2, 1], 'int32'), { reduction: 'none' }).data(); // => [1.3862944, 0.2876821]
 */
export function crossEntropy(
  logits: Tensor,
  targets: Tensor,
  { reduction = 'mean', ignoreIndex = -100, labelSmoothing = 0 }: CrossEntropyOptions = {},
): Tensor {
  const door = 'crossEntropy';
  const classes = logits.shape.at(-1);
  if (classes === undefined || logits.size === 0 || logits.shape.slice(0, -1).join() !== targets.shape.join()) {
    throw new ShapeError({
      door,
      problem: 'targets do not fit.',
      expected:
        classes === undefined
          ? 'logits [..., classes] and targets [...]'
          : `[${logits.shape.slice(0, -1).join(', ')}]  (set by logits, without their last axis), at least one row`,
      got: `[${targets.shape.join(', ')}]`,
      remedy: 'give one class index for each row of logits.',
    });
  }
  checkDtype(door, 'logits', logits, 'float32');
  checkDtype(door, 'targets', targets, 'int32');
  if (!['mean', 'sum', 'none'].includes(reduction)) {
    throw new ConfigError({
      door,
      problem: 'there is no such reduction.',
      expected: "'mean', 'sum' or 'none'",
      got: String(reduction),
      remedy: "leave it out for 'mean'.",
    });
  }
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new ConfigError({
      door,
      problem: 'labelSmoothing is not a share.',
      expected: 'a number of 0 … 1',
      got: String(labelSmoothing),
      remedy: 'use 0.1, or leave it out for 0.',
    });
  }
  return crossEntropyOp([logits, targets], { reduction, ignoreIndex, labelSmoothing, classes })[0];
}
