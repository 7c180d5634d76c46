import { ShapeError, show } from '@longspan/core-tensor/error';
import type { Clusters } from './clusters.ts';

/** The rows that one cluster has to score. */
interface ClusterRows {
  readonly cluster: number;
  readonly rows: Int32Array;
  /** Each row's target among the cluster's logits. */
  readonly targets: Int32Array;
}

export interface SortedTargets {
  /** The head first, then each cluster that any target belongs to; none where no row counts. */
  readonly parts: readonly ClusterRows[];
  /**
   * Where each row's loss stands among the parts' losses, one after the other, and one 0 after them: in the head, and where any
   * row has it, in its cluster. A row's loss is the sum.
   */
  readonly places: readonly Int32Array[];
}

/** Sorts rows by their targets' clusters, on the host. */
export function sortTargets(caller: string, targets: ArrayLike<number>, { all, vocabulary }: Clusters, ignoreIndex: number): SortedTargets {
  const frequent = all[0].end;
  const lists = all.map(() => ({ rows: [] as number[], targets: [] as number[] }));
  for (let row = 0; row < targets.length; row++) {
    const target = targets[row] as number;
    if (target === ignoreIndex) continue;
    if (!Number.isInteger(target) || target < 0 || target >= vocabulary) throw notAToken(caller, target, row, vocabulary, ignoreIndex);
    const cluster = all.findIndex(({ end }) => target < end);
    lists[0]?.rows.push(row);
    lists[0]?.targets.push(cluster === 0 ? target : frequent + cluster - 1);
    if (cluster === 0) continue;
    lists[cluster]?.rows.push(row);
    lists[cluster]?.targets.push(target - (all[cluster]?.start ?? 0));
  }
  const parts = lists.flatMap(({ rows, targets: wanted }, cluster) =>
    rows.length === 0 ? [] : [{ cluster, rows: Int32Array.from(rows), targets: Int32Array.from(wanted) }],
  );
  const none = parts.reduce((count, { rows }) => count + rows.length, 0);
  const places = parts.slice(0, 2).map(() => new Int32Array(targets.length).fill(none));
  let start = 0;
  parts.forEach(({ rows }, at) => {
    const column = places[Math.min(at, 1)] as Int32Array;
    rows.forEach((row, nth) => {
      column[row] = start + nth;
    });
    start += rows.length;
  });
  return { parts, places };
}

const notAToken = (caller: string, target: number, row: number, vocabulary: number, ignoreIndex: number): ShapeError =>
  new ShapeError({
    caller,
    problem: 'every target must be a token of the vocabulary.',
    expected: `integers of 0 … ${vocabulary - 1}, or ${ignoreIndex} for a row that does not count`,
    got: `${show(target)} for row ${row}`,
    remedy: 'check the tokenizer against the vocabulary, or make the layer with ignoreIndex.',
  });
