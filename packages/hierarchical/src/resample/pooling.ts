import { applyLinear, type Layer, parameter } from '@longspan/core-tensor';
import { ConfigError, requireInteger } from '@longspan/core-tensor/error';
import { addUpRows, defineOp, reorderRows } from '@longspan/core-tensor/kernel';
import { cast, div, equal, maximum, mul, reshape, type Tensor, tensor3d, tidy } from '@tensorflow/tfjs-core';
import { type Groups, groupSizes } from '../groups/groups.ts';
import { checkParameters, initialParameters, linearSpec } from '../layer/parameter-spec.ts';
import { requireLength, tokensOf } from '../layer/tokens-of.ts';

/** A sequence and how it is cut. */
export interface GroupedInputs {
  /** [b, n, width] */
  readonly hidden: Tensor;
  readonly groups: Groups;
}

/**
 * The mean of each group. An empty group gives zeros.
 * @shape x [b, n, c], n members; returns [b, groups, c]
 * @throws ShapeError when x has not one vector for each member
 * @cost O(n · c) time, whatever the sizes of the groups
 * @example
 * await meanPooling(tensor3d([1, 3, 8], [1, 3, 1]), groupsFromBoundaries([0, 2, 3])).data(); // => [2, 8]
 */
export function meanPooling(x: Tensor, groups: Groups): Tensor {
  tokensOf('meanPooling', 'x', x);
  requireLength('meanPooling', 'x', x, 'members', groups);
  return tidy(() => {
    const shares = Float32Array.from(groupSizes(groups), (size) => 1 / Math.max(1, size));
    return mul(addUpRows(x, groups.owners, groups.count), tensor3d(shares, [1, groups.count, 1]));
  });
}

/** Before each step row i holds the largest of the members i … i + reach − 1 of its group. */
function largestOfGroups(x: Tensor, { offsets, owners, count, length, largest }: Groups): Tensor {
  let best = x;
  for (let reach = 1; reach < largest; reach *= 2) {
    const further = Int32Array.from({ length }, (_, at) => (at + reach < length && owners[at + reach] === owners[at] ? at + reach : at));
    best = maximum(best, reorderRows(best, further));
  }
  const firsts = Int32Array.from({ length: count }, (_, group) =>
    offsets[group] === offsets[group + 1] ? -1 : (offsets[group] as number),
  );
  return reorderRows(best, firsts);
}

const maxOp = defineOp({
  name: 'LongspanMaxPooling',
  forward: ([x]: readonly [Tensor], { groups }: { readonly groups: Groups }) => [largestOfGroups(x, groups)],
  save: { inputs: [0], outputs: [0] },
  gradient: ({ inputs: [x], outputs: [y] }, [dy], { groups: { owners, count } }) => {
    const chosen = cast(equal(x, reorderRows(y, owners)), 'float32');
    const ties = maximum(addUpRows(chosen, owners, count), 1);
    return [mul(chosen, reorderRows(div(dy, ties), owners))];
  },
});

/**
 * The largest value of each feature in each group. An empty group gives zeros; members that tie share the gradient evenly.
 * @shape x [b, n, c], n members; returns [b, groups, c]
 * @throws ShapeError when x has not one vector for each member
 * @cost O(n · c · log(largest group)) time
 * @example
 * await maxPooling(tensor3d([1, 3, 8], [1, 3, 1]), groupsFromBoundaries([0, 2, 3])).data(); // => [3, 8]
 */
export function maxPooling(x: Tensor, groups: Groups): Tensor {
  tokensOf('maxPooling', 'x', x);
  requireLength('maxPooling', 'x', x, 'members', groups);
  return maxOp([x], { groups })[0];
}

/** Member `slot` of group g stands in row g · size + slot, −1 where the group has fewer. */
const slots = ({ offsets, count }: Groups, size: number): Int32Array =>
  Int32Array.from({ length: count * size }, (_, at) => {
    const group = Math.floor(at / size);
    const member = (offsets[group] as number) + (at % size);
    return member < (offsets[group + 1] as number) ? member : -1;
  });

/** The members of each group side by side, zeros where it has fewer than `size`: [b, n, c] → [b, groups, size · c]. */
function sideBySide(x: Tensor, groups: Groups, size: number): Tensor {
  const [batch = 0, , width = 0] = x.shape;
  return reshape(reorderRows(x, slots(groups, size)), [batch, groups.count, size * width]);
}

export function requireRoom(caller: string, groups: Groups, size: number): void {
  if (groups.largest <= size) return;
  throw new ConfigError({
    caller,
    problem: 'a group has more members than the layer reads.',
    expected: `at most ${size} members`,
    got: `${groups.largest}`,
    remedy: 'make the layer with a larger size, or cut the group.',
  });
}

export interface LinearPoolingConfig {
  /** Features of a vector. */
  readonly width: number;
  /** Members that a group may have: the fixed factor, or the most of ragged groups. */
  readonly size: number;
}

/**
 * A dense layer over the members of a group side by side, zeros where it has fewer than `size`. Parameters `dense.weight`
 * [width, size · width] and `dense.bias` [width].
 * @shape inputs.hidden [b, n, width]; returns [b, groups, width]
 * @throws ConfigError when a size is not an integer of at least 1; apply: ConfigError for a group of more than `size` members
 * @cost O(groups · size · width²) time
 * @source Nawrot et al. 2021 (arXiv 2110.13711) §2.2, linear pooling
 * @example
 * const layer = linearPooling({ width: 1, size: 2 });
 * const parameters = { 'dense.weight': tensor2d([[1, 10]]), 'dense.bias': tensor1d([0]) };
 * await layer.apply(parameters, { hidden: tensor3d([1, 2, 3], [1, 3, 1]), groups: uniformGroups(3, 2) }).data(); // => [21, 3]
 */
export function linearPooling({ width, size }: LinearPoolingConfig): Layer<GroupedInputs, Tensor> {
  const caller = 'linearPooling';
  requireInteger(caller, { width, size }, 1);
  const spec = linearSpec('dense', size * width, width);
  return {
    init: (key) => initialParameters(spec, key),
    apply: (parameters, { hidden, groups }) => {
      tokensOf(caller, 'hidden', hidden, width);
      requireLength(caller, 'hidden', hidden, 'members', groups);
      requireRoom(caller, groups, size);
      checkParameters(caller, spec, parameters);
      return tidy(() =>
        applyLinear(
          sideBySide(hidden, groups, size),
          parameter(parameters, 'dense.weight', caller),
          parameter(parameters, 'dense.bias', caller),
        ),
      );
    },
  };
}
