import type { CrossEntropyAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { magnitude } from '../../arbitrary/index.ts';
import type { ContractCall } from '../contract/call.ts';
import { idsBelow, ints, normals, type Operand } from '../contract/operand.ts';

export const ignoreIndex = -100;

interface More extends Partial<Pick<CrossEntropyAttributes, 'reduction' | 'labelSmoothing'>> {
  /** Put in the place of the first targets. */
  readonly targets?: readonly number[];
  readonly looser?: number;
  readonly growsWithLargest?: boolean;
}

/** Of logits of that shape, [..., classes]. */
export const crossEntropyCall = (
  label: string,
  shape: readonly number[],
  { reduction = 'mean', labelSmoothing = 0, targets = [], ...more }: More = {},
  logits: () => Operand = () => normals(`logits of ${label}`, shape),
): ContractCall<CrossEntropyAttributes> => {
  const classes = shape.at(-1) as number;
  return {
    label,
    operands: () => {
      const drawn = idsBelow(`targets of ${label}`, shape.slice(0, -1), classes);
      return [
        logits(),
        ints(
          drawn.values.map((id, at) => targets[at] ?? id),
          drawn.shape,
        ),
      ];
    },
    attributes: { reduction, ignoreIndex, labelSmoothing, classes },
    ...more,
  };
};

export const anyCrossEntropyCall = (longest: number): Arbitrary<ContractCall<CrossEntropyAttributes>> =>
  fc
    .record({
      rows: magnitude(1, longest),
      classes: magnitude(1, 7 * longest),
      reduction: fc.constantFrom('mean', 'sum', 'none'),
      labelSmoothing: fc.constantFrom(0, 0.1),
    })
    .map(({ rows, classes, ...options }) =>
      crossEntropyCall(JSON.stringify({ rows, classes, ...options }), [rows, classes], { ...options, looser: 4, growsWithLargest: true }),
    );
