import { structOf } from '../../../wgsl/fields.ts';
import { type Binding, declared } from '../../../wgsl/program-text.ts';
import { readRows, writeRows } from '../../../wgsl/rows.ts';
import type { CellSums, HeadSums, RelativeSums } from '../score-term/term-gradient.ts';
import type { Form } from './form.ts';
import { eachKeyBlock, listCode } from './lists.ts';
import { positionsOf, tableVectors } from './scores.ts';
import { unusual } from './unusual.ts';

/** The bindings of all programs that add up cotangents of pairs, then `more`, then what they write. */
const declaredFor = ({ fields }: Form, written: Binding, more: readonly Binding[] = []): string =>
  declared(
    [
      { name: 'pairs', type: 'array<f32>' },
      { name: 'lists', type: 'array<u32>' },
      { name: 'tables', type: 'array<u32>' },
      ...more,
      { ...written, isWritten: true },
    ],
    structOf(fields),
  );

const linearIndex = 'let index = (group.y * groups.x + group.x) * 64u + t;';
const arguments_ = '@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32';

/** Inside of a loop over key blocks: the block's keys, and where the cotangents of the query's pairs with them begin. */
const ofBlock = `
    let firstKey = i32(block * u.blockSize);
    let lastKey = i32(min((block + 1u) * u.blockSize, u.keyLength)) - 1;
    let pairAt = (((sequence - u.firstSequence) * u.slots + slot) * u.blockSize + query % u.blockSize) * u.blockSize;`;

/** A loop over the visited pairs of a query that have a cotangent. */
const eachPair = (hasSelected: boolean, body: string): string =>
  eachKeyBlock(
    hasSelected,
    `${ofBlock}
    for (var at = firstKey; at <= lastKey; at++) {
      let cotangent = pairs[pairAt + u32(at - firstKey)];
      if (cotangent == 0.0) { continue; }
      let key = u32(at);
${body}
    }`,
  );

const sequenceParts = `
  let batch = sequence / u.heads;
  let head = sequence % u.heads;
  let ownBlock = query / u.blockSize;`;

/** One number for each query of the chunk: the sum of its pairs' cotangents times a factor. */
export const rowSumsText = (form: Form, { factor }: HeadSums): string => `${declaredFor(form, { name: 'sums', type: 'array<f32>' })}
${listCode(form.hasSelected)}
const least = -3.4028234663852886e38;
@compute @workgroup_size(64)
fn main(${arguments_}) {
  ${linearIndex}
  if (index >= u.sequences * u.queryLength) { return; }
  let sequence = u.firstSequence + index / u.queryLength;
  let query = index % u.queryLength;
  ${sequenceParts}
  var sum = 0.0;
  ${eachPair(
    form.hasSelected,
    `      ${positionsOf(form.scores)}
      sum += cotangent * (${factor});`,
  )}
  sums[sequence * u.queryLength + query] = sum;
}`;

/**
 * One number for each head: the sum over its rows of `value`, an expression of `rows[row]` and `head`; 64 partial sums, then theirs.
 * @param type of a row
 */
export const headSumsText = ({ fields }: Form, type: 'f32' | 'vec4f', value: string): string => `${declared(
  [
    { name: 'rows', type: `array<${type}>` },
    { name: 'tables', type: 'array<u32>' },
    { name: 'gradient', type: 'array<f32>', isWritten: true },
  ],
  structOf(fields),
)}
var<workgroup> partial: array<f32, 64>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
  let head = group.x;
  var sum = 0.0;
  for (var batch = 0u; batch < u.batch; batch++) {
    for (var query = t; query < u.queryLength; query += 64u) {
      let stats = rows[(batch * u.heads + head) * u.queryLength + query];
      sum += ${value};
    }
  }
  partial[t] = sum;
  workgroupBarrier();
  if (t == 0u) {
    sum = 0.0;
    for (var at = 0u; at < 64u; at++) { sum += partial[at]; }
    gradient[head] = sum;
  }
}`;

/** The gradient of a table: the sum, over the pairs of the chunk that read a cell, of their cotangents; added to those of the chunks before. */
export function cellSumsText(form: Form, { lanes, isRead, firstQuery, queryStep, keys, takes, factor }: CellSums): string {
  const q = readRows('q', 'u.headDim', form.aligned.head, 'u.qStart');
  const queryNumber =
    q.type === 'array<f32>'
      ? 'fn queryNumber(row: u32, column: u32) -> f32 { return q[u.qStart + row * u.headDim + column]; }'
      : 'fn queryNumber(row: u32, column: u32) -> f32 { return q[u.qStart + row * (u.headDim / 4u) + column / 4u][column % 4u]; }';
  return `${declaredFor(form, { name: 'gradient', type: 'array<f32>' }, factor ? [{ name: 'q', type: q.type }] : [])}
${factor ? queryNumber : ''}
${listCode(form.hasSelected)}
${lanes === 64 ? 'var<workgroup> partial: array<f32, 64>;' : ''}
@compute @workgroup_size(64)
fn main(${arguments_}) {
  ${lanes === 64 ? 'let cell = group.y * groups.x + group.x; let lane = t;' : `${linearIndex} let cell = index; let lane = 0u;`}
  var sum = 0.0;
  if (cell < u.cells) {
    for (var sequence = u.firstSequence; sequence < u.firstSequence + u.sequences; sequence++) {
      let batch = sequence / u.heads;
      let head = sequence % u.heads;
      if (!(${isRead})) { continue; }
      for (var query = ${firstQuery} + lane * ${queryStep}; query < u.queryLength; query += ${lanes}u * ${queryStep}) {
        let ownBlock = query / u.blockSize;
        ${eachKeyBlock(
          form.hasSelected,
          `${ofBlock}
        var low: i32; var high: i32; var step: i32;
        ${keys}
        for (var at = low; at <= high; at += step) {
          let cotangent = pairs[pairAt + u32(at - firstKey)];
          if (cotangent == 0.0) { continue; }
          ${takes === undefined ? '' : `let key = u32(at); ${positionsOf(form.scores)} if (!(${takes})) { continue; }`}
          sum += cotangent${factor === undefined ? '' : ` * (${factor})`};
        }`,
        )}
      }
    }
  }
  ${
    lanes === 64
      ? `partial[t] = sum;
  workgroupBarrier();
  if (t == 0u && cell < u.cells) {
    sum = 0.0;
    for (var at = 0u; at < 64u; at++) { sum += partial[at]; }
    gradient[cell] = select(gradient[cell], 0.0, u.isFirst == 1u) + sum;
  }`
      : 'if (cell < u.cells) { gradient[cell] = select(gradient[cell], 0.0, u.isFirst == 1u) + sum; }'
  }
}`;
}

/** The gradient of tiles: each entry's pairs, summed over the sequences of the chunk that share its list. */
export const entrySumsText = (form: Form): string => `${declaredFor(form, { name: 'gradient', type: 'array<f32>' })}
${listCode(form.hasSelected)}
@compute @workgroup_size(64)
fn main(${arguments_}) {
  ${linearIndex}
  if (index >= u.cells) { return; }
  let cellOfTile = index % (u.blockSize * u.blockSize);
  let place = index / (u.blockSize * u.blockSize);
  var slice = 0u;
  for (var next = 1u; next < u.layoutBatch * u.layoutHeads; next++) { if (lists[next * u.queryBlocks] <= place) { slice = next; } }
  let slot = place - lists[slice * u.queryBlocks];
  // The last block may be cut: nothing was written beyond its end.
  var low = slice * u.queryBlocks;
  var high = low + u.queryBlocks;
  while (high - low > 1u) { let middle = (low + high) / 2u; if (lists[middle] <= place) { low = middle; } else { high = middle; } }
  let query = (low - slice * u.queryBlocks) * u.blockSize + cellOfTile / u.blockSize;
  let key = lists[u.entriesAt + place] * u.blockSize + cellOfTile % u.blockSize;
  var sum = 0.0;
  if (query < u.queryLength && key < u.keyLength) {
    for (var sequence = u.firstSequence; sequence < u.firstSequence + u.sequences; sequence++) {
      if (layoutSlice(sequence / u.heads, sequence % u.heads) != slice) { continue; }
      sum += pairs[((sequence - u.firstSequence) * u.slots + slot) * u.blockSize * u.blockSize + cellOfTile];
    }
  }
  gradient[index] = select(gradient[index], 0.0, u.isFirst == 1u) + sum;
}`;

/** What relative positions add to the gradient of q: the sum of the rows of r that a query's pairs read, one thread for a vec4 of a query. */
export function relativeQueryText(form: Form, { rowAt }: RelativeSums): string {
  const out = writeRows('sums', 'u.headDim', form.aligned.head, 'u.sumsStart');
  return `${declaredFor(form, { name: 'sums', type: out.type })}
${out.code}
${listCode(form.hasSelected)}
${unusual}
${tableVectors}
@compute @workgroup_size(64)
fn main(${arguments_}) {
  ${linearIndex}
  let vectors = (u.headDim + 3u) / 4u;
  if (index >= u.sequences * u.queryLength * vectors) { return; }
  let vector = index % vectors;
  let sequence = u.firstSequence + index / vectors / u.queryLength;
  let query = index / vectors % u.queryLength;
  ${sequenceParts}
  var sum = vec4f();
  ${eachPair(form.hasSelected, `      sum += cotangent * tableVector(${rowAt}, vector);`)}
  sumsWrite((sequence - u.partFirst) * u.queryLength + query, vector, u.scale * sum);
}`;
}
