import { interruptionPoint } from '../interruption-point';
import { fastExp } from '../math/fast-exp';
import { interleaveRows } from '../rows/rows';
import { drop } from './dropout';
import { writeRow } from './forward';
import { Group, groupBytes, stripKeys, loadRows, loadStrip } from './group';
import { Job, withRows } from './job';
import { panelsOfBlock } from './pack';
import { partAt } from './query-parts';
import { addTransposedRows, addWeightedRows, multiplyPanels, scoreStride } from './products';
import { addRelative, backwardPositionRows, backwardRelativeRows } from './relative';
import { weighPair } from './softmax';
import { applyTerms, backwardTerms, slopeBytes } from './terms';
import { findVisible, maskScores } from './visibility';

/** The scratch of one caller, in its parts. */
@unmanaged
class Workspace {
  group: Group;
  /** Four factors of 1. */
  ones: usize;
  /** Four rows of a gradient. */
  spare: usize;
  slopes: usize;
  products: usize;
  /** Up to 64 queries, cotangents and q + v, four rows side by side. */
  queries: usize;
  outCotangents: usize;
  positions: usize;
  /** Weights and cotangents of scores of up to 64 queries by a strip of keys. */
  weights: usize;
  cotangents: usize;
  /** Gradients of a strip of keys and its values. */
  keys: usize;
  values: usize;
  /** For each panel of the strip the first and the last group of queries that attend to some of it. */
  firstGroups: usize;
  lastGroups: usize;
  /** What dQ of query 0 of sequence 0 would be the row of, among the rows of the chunk's part; and rows of each sequence there. */
  partOrigin: i32;
  partRows: i32;
}

const workspaceBytes: usize = 64;
const queriesAtATime: i32 = 64;

// As src/kernels/contract/block-sparse-attention/scratch.ts adds it up.
function workspaceAt(job: Job, scratch: usize): Workspace {
  const workspace = changetype<Workspace>(scratch);
  let at = scratch + workspaceBytes;
  workspace.group = changetype<Group>(at);
  at += groupBytes;
  workspace.ones = at;
  v128.store(at, f32x4.splat(1));
  at += 16;
  workspace.firstGroups = at;
  at += 32;
  workspace.lastGroups = at;
  at += 32;
  workspace.spare = at;
  at += <usize>job.queryStride << 2;
  workspace.slopes = at;
  at += <usize>job.termCount * slopeBytes;
  workspace.products = at;
  at += 4 * scoreStride;
  workspace.queries = at;
  at += <usize>(queriesAtATime * job.headDim) << 2;
  workspace.outCotangents = at;
  at += <usize>(queriesAtATime * job.valueDim) << 2;
  workspace.positions = at;
  at += <usize>(queriesAtATime * job.headDim) << 2;
  workspace.keys = at;
  at += <usize>stripKeys * job.keyStride;
  workspace.values = at;
  at += <usize>stripKeys * job.valueStride;
  // Diagonals are read a little beyond the rows of scores: zeros before the first, too.
  const bytes = <usize>(queriesAtATime + 1) * scoreStride;
  memory.fill(at, 0, 2 * bytes);
  workspace.weights = at + scoreStride;
  workspace.cotangents = at + bytes + scoreStride;
  return workspace;
}

/**
 * The gradients of all that belongs to a chunk of a key head's blocks: for each strip of its keys, the query blocks that attend to it, whose
 * weights are recomputed from the log-sum-exp. dS = P · (dP − D + dlse). What chunks add to dQ, and to gradients of tables, lies
 * apart for each; so items have nothing in common, and the sums are the same however they are divided among threads.
 * Items are keySequence · keyChunks + chunk with keySequence = batch · keyHeads + keyHead; or chunks, each of all key sequences.
 * @source Dao et al. 2022 (arXiv 2205.14135) appendix B.2; the term dlse because the log-sum-exp is an output too
 */
export function attentionBackward(job: Job, from: i32, to: i32, scratch: usize): void {
  const workspace = workspaceAt(job, scratch);
  for (let item = from; item < to; item++) {
    const chunk = item % job.keyChunks;
    const first = job.chunksOfAll ? 0 : item / job.keyChunks;
    const end = job.chunksOfAll ? job.batch * job.keyHeads : first + 1;
    for (let keySequence = first; keySequence < end; keySequence++) backwardChunk(job, workspace, keySequence, chunk);
  }
}

function backwardChunk(job: Job, workspace: Workspace, keySequence: i32, chunk: i32): void {
  const group = workspace.group;
  const shared = job.heads / job.keyHeads;
  const blockSize = job.blockSize;
  const batchRow = keySequence / job.keyHeads;
  const firstHead = (keySequence % job.keyHeads) * shared;
  const firstPart = chunk * job.batch * job.heads;
  group.batchRow = batchRow;
  loadPart(job, workspace, chunk, batchRow * job.heads + firstHead, shared);
  const end = min(job.keyBlocks, (chunk + 1) * job.blocksOfChunk);
  for (let keyBlock = chunk * job.blocksOfChunk; keyBlock < end; keyBlock++) {
    const firstKey = keyBlock * blockSize;
    const keys = min(blockSize, job.keyLength - firstKey);
    for (let column = 0; column < keys; column += stripKeys) {
      loadStrip(job, group, column, firstKey + column, min(stripKeys, keys - column));
      memory.fill(workspace.keys, 0, <usize>(group.keys + 3) / 4 * 4 * job.keyStride);
      memory.fill(workspace.values, 0, <usize>(group.keys + 3) / 4 * 4 * job.valueStride);
      for (let head = firstHead; head < firstHead + shared; head++) {
        interruptionPoint();
        group.head = head;
        group.sequence = batchRow * job.heads + head;
        group.part = firstPart + group.sequence;
        loadStrip(job, group, column, firstKey + column, group.keys);
        backwardStrip(job, workspace, keySequence, keyBlock);
      }
      for (let key = 0; key < group.keys; key++) {
        const row = <usize>(keySequence * job.keyLength + firstKey + column + key) << 2;
        writeRow(workspace.keys + <usize>key * job.keyStride, job.keyCotangent + row * job.headDim, job.headDim, job.scale);
        writeRow(workspace.values + <usize>key * job.valueStride, job.valueCotangent + row * job.valueDim, job.valueDim, job.dropoutGain);
      }
    }
  }
}

/** Finds the rows that a chunk adds dQ up in, and clears those of some sequences. */
function loadPart(job: Job, workspace: Workspace, chunk: i32, firstSequence: i32, sequences: i32): void {
  const part = partAt(job.queryParts, chunk);
  workspace.partRows = part.queries;
  workspace.partOrigin = part.firstRow - part.firstQuery;
  const first = <usize>(part.firstRow + firstSequence * part.queries) * job.queryStride;
  const bytes = <usize>(sequences * part.queries) * job.queryStride;
  memory.fill(job.queryCotangent + first, 0, bytes);
  if (job.positionRows) memory.fill(job.positionCotangent + first, 0, bytes);
}

/** All queries of a head that attend to a strip of keys. */
function backwardStrip(job: Job, workspace: Workspace, keySequence: i32, keyBlock: i32): void {
  const group = workspace.group;
  const list = ((group.batchRow % job.layoutBatch) * job.layoutHeads + (group.head % job.layoutHeads)) * job.keyBlocks + keyBlock;
  const end = load<i32>(job.indptr + (<usize>list << 2), 4);
  const firstPanel = (keySequence * job.keyBlocks + keyBlock) * panelsOfBlock(job) + (group.firstColumn >> 3);
  const keyPanels = job.keyPanels + ((<usize>firstPanel * job.headDim) << 5);
  const valuePanels = job.valuePanels + ((<usize>firstPanel * job.valueDim) << 5);
  const keyRows = job.keyRows + (<usize>keySequence * job.keyLength + group.firstKey) * job.keyStride;
  for (let at = load<i32>(job.indptr + (<usize>list << 2)); at < end; at++) {
    const firstOfBlock = load<i32>(job.indices + (<usize>at << 2)) * job.blockSize;
    group.entry = job.listedEntries ? load<i32>(job.listedEntries + (<usize>at << 2)) : at;
    group.tile = load<i32>(job.tileIndices + (<usize>at << 2));
    const rowsOfBlock = min(job.blockSize, job.queryLength - firstOfBlock);
    for (let firstRow = 0; firstRow < rowsOfBlock; firstRow += queriesAtATime) {
      const rows = min(queriesAtATime, rowsOfBlock - firstRow);
      backwardTile(job, workspace, firstRow, firstOfBlock + firstRow, rows, keyPanels, valuePanels, keyRows);
    }
  }
}

/** Up to 64 queries against a strip of keys. */
function backwardTile(
  job: Job,
  workspace: Workspace,
  firstRow: i32,
  firstQuery: i32,
  rows: i32,
  keyPanels: usize,
  valuePanels: usize,
  keyRows: usize,
): void {
  const group = workspace.group;
  const groups = (rows + 3) >> 2;
  const first = <usize>group.sequence * job.queryLength + firstQuery;
  const queries = job.queryRows + first * job.queryStride;
  const outCotangents = job.outCotangentRows + first * job.valueStride;
  memory.fill(workspace.firstGroups, 0x7f, 32);
  memory.fill(workspace.lastGroups, 0xff, 32);
  for (let index = 0; index < groups; index++) {
    const weights = workspace.weights + (<usize>index << 2) * scoreStride;
    const cotangents = workspace.cotangents + (<usize>index << 2) * scoreStride;
    loadRows(job, group, firstRow + (index << 2), firstQuery + (index << 2), min(4, rows - (index << 2)));
    const visible = findVisible(job, group);
    if (!visible || group.masks || job.positionRows) {
      memory.fill(weights, 0, 4 * scoreStride);
      memory.fill(cotangents, 0, 4 * scoreStride);
    }
    if (!visible) continue;
    for (let panel = group.from; panel < group.to; panel++) {
      const at = <usize>panel << 2;
      store<i32>(workspace.firstGroups + at, min(index, load<i32>(workspace.firstGroups + at)));
      store<i32>(workspace.lastGroups + at, index);
    }
    interleaveRows(queries, job.queryStride, index << 2, rows, job.headDim, 1, workspace.queries, 16);
    interleaveRows(outCotangents, job.valueStride, index << 2, rows, job.valueDim, 1, workspace.outCotangents, 16);
    multiplyPanels(workspace.queries, keyPanels, job.headDim, weights, group.from, group.to);
    multiplyPanels(workspace.outCotangents, valuePanels, job.valueDim, cotangents, group.from, group.to);
    if (job.positionRows) {
      interleaveRows(job.positionRows + first * job.queryStride, job.queryStride, index << 2, rows, job.headDim, 1, workspace.positions, 16);
      addRelative(job, group, workspace.positions, weights, workspace.products);
    }
    applyTerms(job, group, weights, workspace.slopes);
    if (group.masks) maskScores(job, group, weights);
    backwardScores(job, group, weights, cotangents, workspace.products);
    backwardTerms(job, group, cotangents, workspace.slopes);
    backwardQueries(job, workspace, cotangents, keyRows);
  }

  const spares = job.care == withRows;
  for (let panel = 0; panel < (group.keys + 7) >> 3; panel++) {
    const from = load<i32>(workspace.firstGroups + (<usize>panel << 2)) << 2;
    const to = min((load<i32>(workspace.lastGroups + (<usize>panel << 2)) + 1) << 2, rows);
    if (from < 0 || from >= to) continue;
    for (let column = panel << 3; column < min((panel + 1) << 3, group.keys); column += 4) {
      const at = <usize>from * scoreStride + (<usize>column << 2);
      const ownCotangents = outCotangents + <usize>from * job.valueStride;
      const ownQueries = queries + <usize>from * job.queryStride;
      const value = workspace.values + <usize>column * job.valueStride;
      const key = workspace.keys + <usize>column * job.keyStride;
      const weights = workspace.weights + at;
      const cotangents = workspace.cotangents + at;
      addTransposedRows(weights, scoreStride, ownCotangents, job.valueStride, to - from, job.valueStride, value, job.valueStride, spares);
      addTransposedRows(cotangents, scoreStride, ownQueries, job.queryStride, to - from, job.keyStride, key, job.keyStride, spares);
    }
  }
  if (job.positionRows) backwardRelativeRows(job, group, firstQuery, rows, workspace.cotangents, workspace.spare);
}

/** Scores become weights P, and the cotangents of weights those of scores: dS = P · (dP − D + dlse). `spare`: room for a group. */
function backwardScores(job: Job, group: Group, weights: usize, cotangents: usize, spare: usize): void {
  const start = weights + (<usize>group.from << 5);
  const bytes = <usize>(group.to - group.from) << 5;
  for (let row = 0; row < 4; row++) store<f32>(spare + (<usize>row << 2), logSumExpOf(job, group, row));
  weighPair(start, bytes, spare, spare + 16); // sums are of no use here
  weighPair(start + 2 * scoreStride, bytes, spare + 8, spare + 16);
  if (job.roundedOff) takeRounding(job, group, weights);
  let source = weights;
  if (job.dropoutKeys) {
    memory.copy(spare, weights, 4 * scoreStride);
    drop(job, group, weights, cotangents);
    source = spare; // before dropout
  }
  for (let row = 0; row < group.rows; row++) {
    const query = <usize>(group.sequence * job.queryLength + group.firstQuery + row) << 2;
    const shift = v128.load32_splat(job.offsetOfQueries + query);
    const offset = <usize>row * scoreStride;
    if (job.care) cotangentsOfRow(group, source + offset, cotangents + offset, shift, true);
    else cotangentsOfRow(group, source + offset, cotangents + offset, shift, false);
  }
}

/** P · (dP − D + dlse) of a query, in place of dP; where it spares zeros, 0 where P is, whatever the rest. */
// @ts-ignore: decorator
@inline
function cotangentsOfRow(group: Group, weights: usize, cotangents: usize, shift: v128, sparesZeros: bool): void {
  for (let column = <usize>group.from << 5; column < <usize>group.to << 5; column += 16) {
    const weight = v128.load(weights + column);
    const product = f32x4.mul(weight, f32x4.sub(v128.load(cotangents + column), shift));
    v128.store(cotangents + column, sparesZeros ? v128.andnot(product, f32x4.eq(weight, f32x4.splat(0))) : product);
  }
}

/** exp(s − logSumExp) becomes the weight: where scores lie far from 0, the log-sum-exp lacks its last digits, which are kept apart. */
function takeRounding(job: Job, group: Group, weights: usize): void {
  for (let row = 0; row < group.rows; row++) {
    const rest = load<f32>(job.roundedOff + (<usize>(group.sequence * job.queryLength + group.firstQuery + row) << 2));
    if (!(abs(rest) > 1e-6)) continue;
    const factor = fastExp(f32x4.splat(-rest));
    const start = weights + <usize>row * scoreStride;
    for (let at = start + (<usize>group.from << 5); at < start + (<usize>group.to << 5); at += 16) {
      v128.store(at, f32x4.mul(v128.load(at), factor));
    }
  }
}

/**
 * The log-sum-exp of a query of the group; above all scores where it is not there, is fully masked, or attends to a NaN: so that masked
 * pairs have a weight of 0 in such rows, too.
 */
function logSumExpOf(job: Job, group: Group, row: i32): f32 {
  if (row >= group.rows) return Infinity;
  const whole = load<f32>(job.logSumExp + (<usize>(group.sequence * job.queryLength + group.firstQuery + row) << 2));
  return whole > -Infinity ? whole : Infinity;
}

/** dQ += dS · K of a group, and of its q + v. */
function backwardQueries(job: Job, workspace: Workspace, cotangents: usize, keyRows: usize): void {
  const group = workspace.group;
  const stride = <usize>job.queryStride;
  const at = <usize>(workspace.partOrigin + group.sequence * workspace.partRows + group.firstQuery) * stride;
  const whole = group.rows == 4;
  const column = group.from << 3;
  const query = whole ? job.queryCotangent + at : workspace.spare;
  if (!whole) memory.fill(workspace.spare, 0, 4 * stride);
  addWeightedRows(
    cotangents + (<usize>column << 2),
    keyRows + <usize>column * job.keyStride,
    job.keyStride,
    min(group.to << 3, group.keys) - column,
    stride,
    query,
    stride,
    workspace.ones,
    job.care == withRows,
  );
  if (!whole) addSpare(workspace.spare, job.queryCotangent + at, <usize>group.rows * stride);
  if (!job.positionRows) return;
  const position = whole ? job.positionCotangent + at : workspace.spare;
  if (!whole) memory.fill(workspace.spare, 0, 4 * stride);
  backwardPositionRows(job, group, cotangents, position);
  if (!whole) addSpare(workspace.spare, job.positionCotangent + at, <usize>group.rows * stride);
}

function addSpare(spare: usize, target: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) v128.store(target + at, f32x4.add(v128.load(target + at), v128.load(spare + at)));
}

/**
 * Ends the gradients of q + u and q + v: `queryCotangent` becomes the scaled sum of both, and their scaled column sums are the
 * gradients of u and v. Items are batch · heads + head.
 */
export function finishRelativeQueries(job: Job, from: i32, to: i32, _scratch: usize): void {
  const stride = <usize>job.queryStride;
  const scale = f32x4.splat(job.scale);
  for (let sequence = from; sequence < to; sequence++) {
    const content = job.queryCotangent + <usize>sequence * job.queryLength * stride;
    const position = job.positionCotangent + <usize>sequence * job.queryLength * stride;
    for (let column: usize = 0; column < stride; column += 16) {
      let contentSum = f32x4.splat(0);
      let positionSum = f32x4.splat(0);
      for (let row = 0; row < job.queryLength; row++) {
        const at = <usize>row * stride + column;
        const ofContent = f32x4.mul(v128.load(content + at), scale);
        const ofPosition = f32x4.mul(v128.load(position + at), scale);
        contentSum = f32x4.add(contentSum, ofContent);
        positionSum = f32x4.add(positionSum, ofPosition);
        v128.store(content + at, f32x4.add(ofContent, ofPosition));
      }
      v128.store(job.contentSums + <usize>sequence * stride + column, contentSum);
      v128.store(job.positionSums + <usize>sequence * stride + column, positionSum);
    }
  }
}
