import { createKey, randomUniform } from '@longspan/core-tensor';
import { crossEntropyContract } from '@longspan/core-tensor/kernel';
import { mul, type Tensor, tensor, where } from '@tensorflow/tfjs-core';
import { againstReference, draw } from '../../../../test/against-reference.ts';
import { crossEntropyKernel } from './cross-entropy.ts';

interface Options {
  readonly reduction?: 'mean' | 'sum' | 'none';
  readonly labelSmoothing?: number;
  /** Put in the place of the first targets. */
  readonly targets?: readonly number[];
}

const ignoreIndex = -100;

const call = (logits: () => Tensor, { reduction = 'mean', labelSmoothing = 0, targets = [] }: Options = {}) => {
  return () => {
    const given = logits();
    const classes = given.shape.at(-1) as number;
    const shape = given.shape.slice(0, -1);
    const drawn = randomUniform(createKey('targets'), given.size / classes).map((share) => Math.floor(share * classes));
    const ids = tensor(
      Int32Array.from(drawn, (id, at) => targets[at] ?? id),
      shape,
      'int32',
    );
    return { inputs: [given, ids] as const, attributes: { reduction, ignoreIndex, labelSmoothing, classes } };
  };
};

/** Every third logit is −Infinity, and none of the class 0. */
const withHoles = (shape: readonly number[]): Tensor => {
  const classes = shape.at(-1) as number;
  const holes = tensor(
    Array.from({ length: classes }, (_, at) => (at % 3 === 1 ? 1 : 0)),
    [classes],
    'bool',
  );
  const logits = draw('logits', shape);
  return where(holes, tensor(Number.NEGATIVE_INFINITY), logits);
};

againstReference(crossEntropyContract, crossEntropyKernel, [
  { label: 'mean', make: call(() => draw('logits', [7, 11])) },
  { label: 'sum', make: call(() => draw('logits', [2, 3, 5, 13]), { reduction: 'sum' }), looser: 4 },
  { label: 'none', make: call(() => draw('logits', [3, 5, 4]), { reduction: 'none' }) },
  { label: 'one row, one class', make: call(() => draw('logits', [1, 1])) },
  { label: 'one class', make: call(() => draw('logits', [5, 1]), { labelSmoothing: 0.3 }) },
  { label: 'label smoothing', make: call(() => draw('logits', [6, 10]), { labelSmoothing: 0.1 }) },
  { label: 'nothing but smoothing', make: call(() => draw('logits', [6, 10]), { labelSmoothing: 1, reduction: 'none' }) },
  { label: 'ignored rows', make: call(() => draw('logits', [6, 9]), { targets: [ignoreIndex, 3, ignoreIndex] }) },
  {
    label: 'ignored rows, smoothed, none',
    make: call(() => draw('logits', [6, 9]), { targets: [2, ignoreIndex], labelSmoothing: 0.2, reduction: 'none' }),
  },
  { label: 'only ignored rows', make: call(() => draw('logits', [2, 9]), { targets: [ignoreIndex, ignoreIndex] }) },
  { label: 'a target that is no class', make: call(() => draw('logits', [4, 9]), { targets: [1, 9], reduction: 'none' }) },
  { label: 'a negative target, mean', make: call(() => draw('logits', [4, 9]), { targets: [1, -1] }) },
  { label: 'logits of 1e4', make: call(() => mul(draw('logits', [7, 33]), 1e4), { reduction: 'none' }) },
  { label: 'a vocabulary of more than one piece', make: call(() => mul(draw('logits', [3, 10007]), 4), { reduction: 'none' }), looser: 2 },
  {
    label: 'a vocabulary whose largest come last',
    make: call(() => mul(draw('logits', [3, 4500]), tensor(Array.from({ length: 4500 }, (_, at) => at / 90))), { labelSmoothing: 0.1 }),
    looser: 4,
  },
  { label: 'masked classes', make: call(() => withHoles([5, 14]), { targets: [0, 2, 3, 5, 6] }) },
  { label: 'masked targets', make: call(() => withHoles([5, 14]), { targets: [1, 4, 0, 0, 0], reduction: 'none' }) },
  {
    label: 'a row that begins with 3,000 masked classes',
    make: call(
      () =>
        where(
          tensor(
            Array.from({ length: 5000 }, (_, at) => (at < 3000 ? 1 : 0)),
            [5000],
            'bool',
          ),
          tensor(Number.NEGATIVE_INFINITY),
          draw('logits', [2, 5000]),
        ),
      { targets: [4000, 4001] },
    ),
  },
  {
    label: 'a row of nothing but −Infinity, ignored',
    make: call(() => mul(tensor([[1], [Number.NEGATIVE_INFINITY]]), tensor([[1, 2, 3]])), { targets: [1, ignoreIndex] }),
  },
  {
    label: 'rows with NaN and with +Infinity',
    make: call(
      () =>
        tensor([
          [1, Number.NaN, 2],
          [Number.POSITIVE_INFINITY, 1, 2],
          [1, 2, 3],
        ]),
      { reduction: 'none' },
    ),
  },
]);
