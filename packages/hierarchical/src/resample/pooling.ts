import { dims, type LayerContext } from '@longspan/core-tensor';
import { defineOp, reorderRows, requireFilled, scatterRowsBy } from '@longspan/core-tensor/kernel';
import { cast, div, equal, maximum, mul, type Tensor, tensor3d, tidy } from '@tensorflow/tfjs-core';
import { type Groups, groupSizes } from '../groups/groups.ts';
import { requireLength } from '../groups/require-length.ts';

/** What a layer over groups reads of its context. */
export interface GroupsContext extends LayerContext {
  /** How the sequence is cut, the same for all batch rows. */
  readonly groups: Groups;
}

/**
 * The mean of each group. An empty group gives zeros.
 * @shape x [b, n, c], n members; returns [b, groups, c]
 * @throws ShapeError when x is empty, or does not have one vector for each member
 * @cost O(n · c) time, whatever the sizes of the groups
 * @example
 * await meanPooling(tensor3d([1, 3, 8], [1, 3, 1]), groupsFromBoundaries([0, 2, 3])).data(); // => [2, 8]
 */
export function meanPooling(x: Tensor, groups: Groups): Tensor {
  requireFilled('meanPooling', dims('meanPooling', { x: [x, 'b n c:float32'] }));
  requireLength('meanPooling', 'x', x, 'members', groups);
  return tidy(() => {
    const weights = Float32Array.from(groupSizes(groups), (size) => 1 / Math.max(1, size));
    return mul(scatterRowsBy(x, groups.owners, groups.count), tensor3d(weights, [1, groups.count, 1]));
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
    const largest = cast(equal(x, reorderRows(y, owners)), 'float32');
    const ties = maximum(scatterRowsBy(largest, owners, count), 1);
    return [mul(largest, reorderRows(div(dy, ties), owners))];
  },
});

/**
 * The largest value of each feature in each group. An empty group gives zeros; the gradient is divided evenly among members that tie.
 * @shape x [b, n, c], n members; returns [b, groups, c]
 * @throws ShapeError when x is empty, or does not have one vector for each member
 * @cost O(n · c · log(largest group)) time
 * @example
 * await maxPooling(tensor3d([1, 3, 8], [1, 3, 1]), groupsFromBoundaries([0, 2, 3])).data(); // => [3, 8]
 */
export function maxPooling(x: Tensor, groups: Groups): Tensor {
  requireFilled('maxPooling', dims('maxPooling', { x: [x, 'b n c:float32'] }));
  requireLength('maxPooling', 'x', x, 'members', groups);
  return maxOp([x], { groups })[0];
}
