import type { Tile } from '../tile.ts';
import { rowProducts } from './products.ts';
import { addToQueries, type ScoreCode } from './scores.ts';

/** Which sequence is a workgroup's, and where among the rows of the part its queries and its keys begin. */
export const ownSequence = `
  let sequence = u.firstSequence + group.y;
  let batch = sequence / u.heads;
  let head = sequence % u.heads;
  let base = (sequence - u.partFirst) * u.queryLength;
  let keyBase = (batch * u.keyHeads + head * u.keyHeads / u.heads - u.partFirstKeys) * u.keyLength;`;

/** The products of the workgroup's queries with the keys of a sub-tile, as s0, s1, … */
export const scoresOfQueries = (tile: Tile, scores: ScoreCode): string =>
  rowProducts(
    tile,
    's',
    'headVectors',
    (row, vector) => `if (firstOwn + ${row} < end) { numbers = qAt(base + firstOwn + ${row}, ${vector}); ${addToQueries(scores, vector)} }`,
    (row, vector) => `if (firstOther + ${row} < otherEnd) { numbers = kAt(keyBase + firstOther + ${row}, ${vector}); }`,
  );
