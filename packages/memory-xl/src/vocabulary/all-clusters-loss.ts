import { linearCrossEntropy } from '@longspan/core-tensor';
import {
  add,
  fill,
  greaterEqual,
  less,
  logicalAnd,
  logicalNot,
  notEqual,
  scalar,
  sub,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { ClusterLayer, Clusters } from './clusters.ts';

/** A row of that target takes no part. */
const noTarget = -100;

/**
 * Each row's loss where the targets are only known on the device: every cluster scores every row, and a row takes what is its own.
 * @shape rows [n, width]; targets int32 [n]; returns [n], NaN for a target outside the vocabulary
 */
export function lossesOfAll(
  layers: readonly ClusterLayer[],
  rows: Tensor,
  targets: Tensor,
  { all, vocabulary }: Clusters,
  ignoreIndex: number,
): Tensor {
  const from = (start: number): Tensor => greaterEqual(targets, int(start));
  const within = (start: number, end: number): Tensor => logicalAnd(from(start), less(targets, int(end)));
  const filled = (value: number): Tensor => fill(targets.shape, value, 'int32');
  const frequent = all[0].end;
  // In the head a rarer token stands as the entry of its cluster; later clusters overwrite it.
  const entries = all.slice(1).reduce((found, { start }, at) => where(from(start), filled(frequent + at), found), targets);
  const losses = layers.map(({ project, weight, bias }, at) => {
    const { start, end } = all[at] as { readonly start: number; readonly end: number };
    const own =
      at === 0
        ? where(within(0, vocabulary), entries, filled(noTarget))
        : where(within(start, end), sub(targets, int(start)), filled(noTarget));
    return linearCrossEntropy({ hidden: project(rows), weight: weight(), bias: bias(), targets: own }, { reduction: 'none' });
  });
  const outside = logicalAnd(notEqual(targets, int(ignoreIndex)), logicalNot(within(0, vocabulary)));
  const nothing = zerosLike(losses[0] as Tensor);
  return add(losses.reduce(add), where(outside, fill(nothing.shape, Number.NaN), nothing));
}

const int = (value: number): Tensor => scalar(value, 'int32');
