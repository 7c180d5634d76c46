import { structOf } from '../../../wgsl/fields.ts';
import { component, declared, each } from '../../../wgsl/program-text.ts';
import { readRows, writeRows } from '../../../wgsl/rows.ts';
import type { Form } from './form.ts';
import { eachSubTile, ownRows, tiledMemory } from './kernel.ts';
import { eachKeyBlock, listCode } from './lists.ts';
import { ownSequence, scoresOfQueries } from './own-queries.ts';
import { accumulators, acrossRow, storeRows, weightedRows } from './products.ts';
import { hasKept, rememberActive, rememberUnusual, rememberValues, scoredColumns, scoreFunctions, spoiledRows } from './scores.ts';

/** out, logSumExp and roundedOff, by query blocks: softmax on the fly, so nothing of n x n is kept. */
export function forwardText({ tile, fields, scores, aligned, hasSelected, hasTables }: Form): string {
  const q = readRows('q', 'u.headDim', aligned.head, 'u.qStart');
  const k = readRows('k', 'u.headDim', aligned.head, 'u.kStart');
  const v = readRows('v', 'u.valueDim', aligned.value, 'u.vStart');
  const out = writeRows('out', 'u.valueDim', aligned.value, 'u.outStart');
  const count = tile.columns / tile.columnThreads;
  const denominator = scores.terms.find((term) => term.denominator !== undefined)?.denominator;
  return `${declared(
    [
      { name: 'q', type: q.type },
      { name: 'k', type: k.type },
      { name: 'v', type: v.type },
      { name: 'lists', type: 'array<u32>' },
      ...(hasTables ? [{ name: 'tables', type: 'array<u32>' }] : []),
      { name: 'out', type: out.type, isWritten: true },
      { name: 'logSumExp', type: 'array<f32>', isWritten: true },
      { name: 'roundedOff', type: 'array<f32>', isWritten: true },
    ],
    structOf(fields),
  )}
${[q, k, v, out].map(({ code }) => code).join('\n')}
${tiledMemory(tile)}
${listCode(hasSelected)}
${scoreFunctions(scores)}
${ownRows(tile, 'query')}
  ${ownSequence}
  ${accumulators(tile, 'o')}
  var top = vec4f(least);
  var total = vec4f();
  var valueBits = 0u;
  ${eachKeyBlock(
    hasSelected,
    eachSubTile(
      tile,
      'u.keyLength',
      `${scoresOfQueries(tile, scores)}
      ${scoredColumns(tile, scores, 'queries')}
      var highest = vec4f(least);
      ${each(count, (j) => `highest = max(highest, select(vec4f(least), s${j}, seen${j}));`)}
      ${acrossRow(tile, 'highest', 'max')}
      let newTop = max(top, highest);
      let shrunk = exp(top - newTop);
      top = newTop;
      total *= shrunk;
      valueBits &= ~dot(vec4u(shrunk == vec4f()) * vec4u(1u, 2u, 4u, 8u), vec4u(1u));
      ${each(
        count,
        (j) => `{ let w = select(vec4f(), exp(s${j} - top), seen${j});
        total += w;
        ${rememberActive(j, 'w')}
        weights[(columnThread + ${j * tile.columnThreads}u) * ${tile.rowThreads}u + rowThread] = w${hasKept(scores) ? ` * kept${j}` : ''}; }`,
      )}
      ${each(4, (r) => each(tile.parts, (part) => `o${r}_${part} *= shrunk.${component(r)};`))}
      ${weightedRows(
        tile,
        'o',
        'valueVectors',
        (row, vector) => `if (firstOther + ${row} < otherEnd) { numbers = vAt(keyBase + firstOther + ${row}, ${vector}); }`,
      )}
      ${rememberUnusual(tile, true)}
      ${rememberValues(tile)}`,
    ),
  )}
  workgroupBarrier();
  ${acrossRow(tile, 'total', 'sum')}
  let isEmpty = total == vec4f();
  ${
    denominator === undefined
      ? `let inverse = select(1.0 / total, vec4f(), isEmpty);`
      : `let sinkBits = ${denominator};
  if (sinkBits != u.minusInfinity) {
    let sink = vec4f(bitcast<f32>(sinkBits));
    let ofKeys = select(top, vec4f(least), isEmpty);
    let newTop = max(ofKeys, sink);
    let shrunk = select(exp(top - newTop), vec4f(), isEmpty);
    ${each(4, (r) => each(tile.parts, (part) => `o${r}_${part} *= shrunk.${component(r)};`))}
    valueBits &= ~dot(vec4u(shrunk == vec4f()) * vec4u(1u, 2u, 4u, 8u), vec4u(1u));
    total = total * shrunk + exp(sink - newTop);
    top = newTop;
  }
  let inverse = select(1.0 / total, vec4f(), total == vec4f());`
  }
  spoiledBits |= valueBits;
  ${spoiledRows(tile)}
  ${storeRows(tile, 'o', 'out', 'valueVectors', (r) => `inverse.${component(r)}`)}
  if (columnThread == 0u && sliceNumber == 0u) {
    let logTotal = log(max(total, vec4f(1e-38)));
    let sum = asItIs(top + logTotal);
    let rest = asItIs(top - sum) + logTotal;
    ${each(
      4,
      (r) => `if (own + ${r}u < end) {
      let isNothing = total.${component(r)} == 0.0;
      logSumExp[u.logSumExpStart + base + own + ${r}u] = bitcast<f32>(select(select(bitcast<u32>(sum.${component(r)}), u.minusInfinity, isNothing), u.notANumber, spoiled.${component(r)}));
      roundedOff[u.roundedOffStart + base + own + ${r}u] = select(rest.${component(r)}, 0.0, isNothing || spoiled.${component(r)});
    }`,
    )}
  }
}`;
}
