/**
 * The reference's other order of losses: by cluster, then zeros for what is ignored. With one cluster it keeps the tokens' order.
 * @returns for each place of that order the row whose loss stands there
 */
export function clusterOrder(targets: readonly number[], cutoffs: readonly number[]): number[] {
  const clusterOf = (target: number): number =>
    target === -100 ? cutoffs.length + 1 : cutoffs.filter((cutoff) => target >= cutoff).length;
  const rows = targets.map((_, row) => row);
  if (cutoffs.length === 0) return rows;
  return rows.sort((a, b) => clusterOf(targets[a] as number) - clusterOf(targets[b] as number) || a - b);
}
