/** A longer name is not a slip of the pen; its comparison would cost its length. */
const longestName = 100;

/** The five names that need the fewest changes to become the wanted one, in that order. */
export function nearestNames(wanted: string, names: readonly string[]): readonly string[] {
  const start = wanted.slice(0, longestName);
  return names
    .map((name) => ({ name, changes: changesBetween(start, name.slice(0, longestName)) }))
    .sort((a, b) => a.changes - b.changes)
    .slice(0, 5)
    .map(({ name }) => name);
}

/** Letters to insert, delete or replace (Levenshtein 1965). */
function changesBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 1; i <= one.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = (above[j - 1] as number) + (one[i - 1] === other[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] as number) + 1, (row[j - 1] as number) + 1));
    }
  }
  return row[other.length] as number;
}
