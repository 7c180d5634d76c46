import { structOf } from '../../../wgsl/fields.ts';
import { declared, each } from '../../../wgsl/program-text.ts';
import { writeRows } from '../../../wgsl/rows.ts';
import { distanceProducts } from './distance-products.ts';
import type { Form } from './form.ts';
import { gradientInputs } from './gradient-inputs.ts';
import { eachSubTile, ownRows, tiledMemory } from './kernel.ts';
import { eachQueryBlock, listCode } from './lists.ts';
import { accumulators, rowProducts, storeRows, weightedRows } from './products.ts';
import {
  addToQueries,
  hasKept,
  hasSlopes,
  readsEntries,
  rememberActive,
  rememberUnusual,
  scoredColumns,
  scoreFunctions,
  spoiledRows,
} from './scores.ts';

/** The gradients of k and v, by key blocks over the transposed lists, summed over the query heads that share a key head. */
export function keyGradientText(form: Form): string {
  const { tile, fields, scores, aligned, hasSelected } = form;
  const inputs = gradientInputs(form);
  const dk = writeRows('dk', 'u.headDim', aligned.head, 'u.dkStart');
  const dv = writeRows('dv', 'u.valueDim', aligned.value, 'u.dvStart');
  const count = tile.columns / tile.columnThreads;
  const at = (j: number): string => `(columnThread + ${j * tile.columnThreads}u) * ${tile.rowThreads}u + rowThread`;
  return `${declared(
    [...inputs.bindings, { name: 'dk', type: dk.type, isWritten: true }, { name: 'dv', type: dv.type, isWritten: true }],
    structOf(fields),
  )}
${[inputs, dk, dv].map(({ code }) => code).join('\n')}
${tiledMemory(tile)}
${listCode(hasSelected)}
${scoreFunctions(scores)}
${ownRows(tile, 'key')}
  let batch = (u.partFirstKeys + group.y) / u.keyHeads;
  let keyHead = (u.partFirstKeys + group.y) % u.keyHeads;
  let share = u.heads / u.keyHeads;
  let base = group.y * u.keyLength;
  ${accumulators(tile, 'x')}
  ${accumulators(tile, 'y')}
  for (var member = 0u; member < share; member++) {
    let head = keyHead * share + member;
    let sequence = batch * u.heads + head;
    let queryBase = (sequence - u.partFirst) * u.queryLength;
    ${eachQueryBlock(
      hasSelected,
      readsEntries(scores),
      eachSubTile(
        tile,
        'u.queryLength',
        `${rowProducts(
          tile,
          's',
          'headVectors',
          (row, vector) => `if (firstOwn + ${row} < end) { numbers = kAt(base + firstOwn + ${row}, ${vector}); }`,
          (row, vector) =>
            `if (firstOther + ${row} < otherEnd) { numbers = qAt(queryBase + firstOther + ${row}, ${vector}); ${addToQueries(scores, vector)} }`,
        )}
        ${distanceProducts(tile, scores, 'keys', (row, vector) => `if (firstOther + ${row} < otherEnd) { numbers = qAt(queryBase + firstOther + ${row}, ${vector}); }`)}
        ${scoredColumns(tile, scores, 'keys')}
        ${each(
          count,
          (j) => `var stats${j} = vec4f();
        if (firstOther + columnThread + ${j * tile.columnThreads}u < otherEnd) { stats${j} = stats[u.statsStart + queryBase + firstOther + columnThread + ${j * tile.columnThreads}u]; }
        s${j} = select(vec4f(), exp(asItIs(s${j} - vec4f(stats${j}.x)) - vec4f(stats${j}.y)), seen${j});
        ${rememberActive(j, `s${j}`)}
        weights[${at(j)}] = s${j}${hasKept(scores) ? ` * kept${j}` : ''};`,
        )}
        ${weightedRows(
          tile,
          'y',
          'valueVectors',
          (row, vector) => `if (firstOther + ${row} < otherEnd) { numbers = cotangentAt(queryBase + firstOther + ${row}, ${vector}); }`,
        )}
        ${rowProducts(
          tile,
          'e',
          'valueVectors',
          (row, vector) => `if (firstOwn + ${row} < end) { numbers = vAt(base + firstOwn + ${row}, ${vector}); }`,
          (row, vector) => `if (firstOther + ${row} < otherEnd) { numbers = cotangentAt(queryBase + firstOther + ${row}, ${vector}); }`,
        )}
        ${each(
          count,
          (j) => `{ var d = select(vec4f(), s${j} * (e${j}${hasKept(scores) ? ` * kept${j}` : ''} - vec4f(stats${j}.z)), s${j} > vec4f());
        ${hasSlopes(scores) ? `d = select(vec4f(), d * slope${j}, d != vec4f());` : ''}
        weights[${at(j)}] = d; }`,
        )}
        ${weightedRows(
          tile,
          'x',
          'headVectors',
          (row, vector) =>
            `if (firstOther + ${row} < otherEnd) { numbers = qAt(queryBase + firstOther + ${row}, ${vector}); ${addToQueries(scores, vector)} }`,
        )}
        ${rememberUnusual(tile, false)}`,
      ),
    )}
  }
  ${spoiledRows(tile)}
  ${storeRows(tile, 'x', 'dk', 'headVectors', () => 'u.scale')}
  ${storeRows(tile, 'y', 'dv', 'valueVectors', () => '1.0')}
}`;
}
