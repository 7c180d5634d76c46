import type { Tile } from '../tile.ts';
import { distanceProducts } from './distance-products.ts';
import { rowProducts } from './products.ts';
import { addToQueries, type ScoreCode } from './scores.ts';

/** Which sequence is a workgroup's, and where among the rows of the part its queries and its keys begin. */
export const ownSequence = `
  let sequence = u.firstSequence + group.y;
  let batch = sequence / u.heads;
  let head = sequence % u.heads;
  let base = (sequence - u.partFirst) * u.queryLength;
  let keyBase = (batch * u.keyHeads + head * u.keyHeads / u.heads - u.partFirstKeys) * u.keyLength;`;

/** The products of the workgroup's queries with the keys of a sub-tile, and with rows of their distances, as s0, s1, … */
export function scoresOfQueries(tile: Tile, scores: ScoreCode): string {
  const query = (row: string, vector: string): string => `numbers = qAt(base + firstOwn + ${row}, ${vector});`;
  return `${rowProducts(
    tile,
    's',
    'headVectors',
    (row, vector) => `if (firstOwn + ${row} < end) { ${query(row, vector)} ${addToQueries(scores, vector)} }`,
    (row, vector) => `if (firstOther + ${row} < otherEnd) { numbers = kAt(keyBase + firstOther + ${row}, ${vector}); }`,
  )}
  ${distanceProducts(tile, scores, 'queries', (row, vector) => `if (firstOwn + ${row} < end) { ${query(row, vector)} }`)}`;
}
