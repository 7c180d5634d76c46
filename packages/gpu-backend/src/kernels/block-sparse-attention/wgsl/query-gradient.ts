import { structOf } from '../../../wgsl/fields.ts';
import { declared, each } from '../../../wgsl/program-text.ts';
import { writeRows } from '../../../wgsl/rows.ts';
import type { Tile } from '../tile.ts';
import type { Form } from './form.ts';
import { gradientInputs } from './gradient-inputs.ts';
import { eachSubTile, ownRows, tiledMemory } from './kernel.ts';
import { eachKeyBlock, listCode } from './lists.ts';
import { ownSequence, scoresOfQueries } from './own-queries.ts';
import { accumulators, rowProducts, storeRows, weightedRows } from './products.ts';
import { hasKept, hasSlopes, rememberActive, rememberUnusual, scoredColumns, scoreFunctions, spoiledRows } from './scores.ts';

/**
 * The gradient of q, by query blocks. Where a term is learned, also the cotangents of its results, pair by pair, in the order of
 * slots: [sequence, slot, blockSize, blockSize].
 */
export function queryGradientText(form: Form): string {
  const { tile, fields, scores, aligned, hasSelected } = form;
  const inputs = gradientInputs(form);
  const out = writeRows('dq', 'u.headDim', aligned.head, 'u.dqStart');
  const count = tile.columns / tile.columnThreads;
  const isKept = scores.learned !== undefined;
  const at = (j: number): string => `(columnThread + ${j * tile.columnThreads}u) * ${tile.rowThreads}u + rowThread`;
  return `${declared(
    [
      ...inputs.bindings,
      { name: 'dq', type: out.type, isWritten: true },
      ...(isKept ? [{ name: 'pairs', type: 'array<f32>', isWritten: true }] : []),
    ],
    structOf(fields),
  )}
${[inputs, out].map(({ code }) => code).join('\n')}
${tiledMemory(tile)}
${listCode(hasSelected)}
${scoreFunctions(scores)}
${ownRows(tile, 'query')}
  ${ownSequence}
  ${accumulators(tile, 'x')}
  ${each(4, (r) => `var stats${r} = vec4f(); if (own + ${r}u < end) { stats${r} = stats[u.statsStart + base + own + ${r}u]; }`)}
  let sums = vec4f(stats0.x, stats1.x, stats2.x, stats3.x);
  let rests = vec4f(stats0.y, stats1.y, stats2.y, stats3.y);
  let offsets = vec4f(stats0.z, stats1.z, stats2.z, stats3.z);
  ${eachKeyBlock(
    hasSelected,
    eachSubTile(
      tile,
      'u.keyLength',
      `${scoresOfQueries(tile, scores)}
      ${rowProducts(
        tile,
        'e',
        'valueVectors',
        (row, vector) => `if (firstOwn + ${row} < end) { numbers = cotangentAt(base + firstOwn + ${row}, ${vector}); }`,
        (row, vector) => `if (firstOther + ${row} < otherEnd) { numbers = vAt(keyBase + firstOther + ${row}, ${vector}); }`,
      )}
      ${scoredColumns(tile, scores, 'queries')}
      ${each(
        count,
        (j) => `var d${j} = vec4f();
        { let w = select(vec4f(), exp(asItIs(s${j} - sums) - rests), seen${j});
        ${rememberActive(j, 'w')}
        d${j} = select(vec4f(), w * (e${j}${hasKept(scores) ? ` * kept${j}` : ''} - offsets), w > vec4f());
        weights[${at(j)}] = ${hasSlopes(scores) ? `select(vec4f(), d${j} * slope${j}, d${j} != vec4f())` : `d${j}`}; }`,
      )}
      ${isKept ? keptPairs(tile, count) : ''}
      ${weightedRows(
        tile,
        'x',
        'headVectors',
        (row, vector) => `if (firstOther + ${row} < otherEnd) { numbers = kAt(keyBase + firstOther + ${row}, ${vector}); }`,
      )}
      ${rememberUnusual(tile, false)}`,
    ),
  )}
  ${spoiledRows(tile)}
  ${storeRows(tile, 'x', 'dq', 'headVectors', () => 'u.scale')}
}`;
}

/** The cotangents of the learned term's results, in a loop: written out 16 times, some drivers take minutes to compile it. */
const keptPairs = (tile: Tile, count: number): string => `
      if (sliceNumber == 0u) {
        for (var pair = 0u; pair < ${4 * count}u; pair++) {
          let r = pair % 4u;
          let column = sub + columnThread + (pair / 4u) * ${tile.columnThreads}u;
          if (own + r >= end || column >= u.blockSize) { continue; }
          var cotangentOfPair = 0.0;
          ${each(count, (j) => `if (pair / 4u == ${j}u) { cotangentOfPair = d${j}[r] * after${j}[r]; }`)}
          pairs[((group.y * u.slots + slot) * u.blockSize + inner + 4u * rowThread + r) * u.blockSize + column] = cotangentOfPair;
        }
      }`;
