import { interruptionPoint } from '../interruption-point';
import { exponentialOrZero } from '../math/exponential-or-zero';
import { logarithm } from '../math/logarithm';
import { interleaveRows } from '../rows/rows';
import { drop } from './dropout';
import { Group, groupBytes, lowestTop, stripKeys, loadRows, loadStrip } from './group';
import { Job, withRows } from './job';
import { panelsOfBlock } from './pack';
import { addWeightedRows, multiplyPanels, scoreStride } from './products';
import { addRelative } from './relative';
import { weigh } from './softmax';
import { applyTerms } from './terms';
import { findVisible, maskScores, maskWeightless } from './visibility';

/**
 * Attention of query blocks: for each, its listed key blocks in strips of 64 keys, four queries at a time, so that their scores stay
 * in the nearest cache from the product with the keys to that with the values.
 * Items are (batch · heads + head) · queryBlocks + queryBlock.
 * @source Dao et al. 2022 (arXiv 2205.14135) algorithm 1 and its block-sparse form
 */
export function attentionForward(job: Job, from: i32, to: i32, scratch: usize): void {
  const blockSize = job.blockSize;
  const groupsOfBlock = <usize>((blockSize + 3) >> 2);
  const rowBytes = <usize>job.headDim << 4;
  const valueStride = <usize>job.valueStride;
  const keyPanelBytes = <usize>job.headDim << 5;

  // Scratch, as src/kernels/block-sparse-attention/scratch.ts adds it up.
  const group = changetype<Group>(scratch);
  const factors = scratch + groupBytes;
  const scores = factors + 16 + 64;
  const products = scores + 4 * scoreStride;
  const tops = products + 4 * scoreStride;
  const sums = tops + (groupsOfBlock << 4);
  const queries = sums + (groupsOfBlock << 4);
  const positions = queries + groupsOfBlock * rowBytes;
  const lastTops = positions + (job.positionRows ? groupsOfBlock * rowBytes : 0);
  const outs = lastTops + (groupsOfBlock << 4);

  for (let item = from; item < to; item++) {
    interruptionPoint();
    const block = item % job.queryBlocks;
    const sequence = item / job.queryBlocks;
    const head = sequence % job.heads;
    const batchRow = sequence / job.heads;
    const firstQuery = block * blockSize;
    const rows = min(blockSize, job.queryLength - firstQuery);
    const groups = (rows + 3) >> 2;
    group.batchRow = batchRow;
    group.head = head;
    group.sequence = sequence;

    for (let index = 0; index < groups; index++) {
      const at = <usize>index;
      const firstRow = (<usize>sequence * job.queryLength + firstQuery) * job.queryStride;
      interleaveRows(job.queryRows + firstRow, job.queryStride, index << 2, rows, job.headDim, 1, queries + at * rowBytes, 16);
      if (job.positionRows) {
        interleaveRows(job.positionRows + firstRow, job.queryStride, index << 2, rows, job.headDim, 1, positions + at * rowBytes, 16);
      }
      v128.store(tops + (at << 4), f32x4.splat(lowestTop));
    }
    memory.fill(sums, 0, <usize>groups << 4);
    memory.fill(outs, 0, <usize>(groups << 2) * valueStride);

    const keySequence = batchRow * job.keyHeads + (head * job.keyHeads) / job.heads;
    const list = ((batchRow % job.layoutBatch) * job.layoutHeads + (head % job.layoutHeads)) * job.queryBlocks + block;
    const end = load<i32>(job.indptr + (<usize>list << 2), 4);
    // Where values may be NaN or infinite, the last tops are found first: what has no weight under them is left out, where a value that is
    // added under an earlier top is multiplied by 0 afterwards, which of NaN is NaN.
    for (let pass = job.care == withRows ? 0 : 1; pass < 2; pass++) {
      const isFirst = pass == 0;
      if (job.care == withRows && !isFirst) {
        const sink = job.sinks ? load<f32>(job.sinks + (<usize>head << 2)) : lowestTop;
        for (let at: usize = 0; at < <usize>groups << 4; at += 16) {
          v128.store(lastTops + at, f32x4.pmax(v128.load(tops + at), f32x4.splat(sink)));
          v128.store(tops + at, f32x4.splat(lowestTop));
        }
        memory.fill(sums, 0, <usize>groups << 4);
      }
      for (let entry = load<i32>(job.indptr + (<usize>list << 2)); entry < end; entry++) {
        const keyBlock = load<i32>(job.indices + (<usize>entry << 2));
        const firstKey = keyBlock * blockSize;
        const keys = min(blockSize, job.keyLength - firstKey);
        const panels = job.keyPanels + <usize>((keySequence * job.keyBlocks + keyBlock) * panelsOfBlock(job)) * keyPanelBytes;
        const values = job.valueRows + (<usize>keySequence * job.keyLength + firstKey) * valueStride;
        group.entry = entry;
        group.tile = load<i32>(job.tileIndices + (<usize>entry << 2));
        for (let column = 0; column < keys; column += stripKeys) {
          loadStrip(job, group, column, firstKey + column, min(stripKeys, keys - column));
          const stripPanels = panels + <usize>(column >> 3) * keyPanelBytes;
          const stripValues = values + <usize>column * valueStride;
          for (let index = 0; index < groups; index++) {
            const at = <usize>index;
            loadRows(job, group, index << 2, firstQuery + (index << 2), min(4, rows - (index << 2)));
            if (!findVisible(job, group)) continue;
            multiplyPanels(queries + at * rowBytes, stripPanels, job.headDim, scores, group.from, group.to);
            if (job.positionRows) addRelative(job, group, positions + at * rowBytes, scores, products);
            applyTerms(job, group, scores, 0);
            if (group.masks) maskScores(job, group, scores);
            if (job.care == withRows && !isFirst) maskWeightless(group, scores, lastTops + (at << 4));
            weigh(group, scores, tops + (at << 4), sums + (at << 4), factors);
            if (isFirst) continue;
            if (job.dropoutKeys) drop(job, group, scores, 0);
            addWeightedRows(
              scores + (<usize>group.from << 5),
              stripValues + <usize>(group.from << 3) * valueStride,
              valueStride,
              min(group.to << 3, group.keys) - (group.from << 3),
              valueStride,
              outs + (at << 2) * valueStride,
              valueStride,
              factors,
              job.care == withRows,
            );
          }
        }
      }
    }
    finish(job, head, sequence * job.queryLength + firstQuery, rows, tops, sums, outs);
  }
}

/** Divides by the sums, the sink's weight with them, and writes a block's results; 0 and −Infinity for fully masked rows. */
function finish(job: Job, head: i32, first: i32, rows: i32, tops: usize, sums: usize, outs: usize): void {
  const width = job.valueDim;
  for (let row = 0; row < rows; row++) {
    let sum = load<f32>(sums + (<usize>row << 2));
    let top = load<f32>(tops + (<usize>row << 2));
    let gain = job.dropoutGain;
    if (job.sinks) {
      const sink = load<f32>(job.sinks + (<usize>head << 2));
      const larger = max(top, sink);
      const ofKeys = exponential(top - larger);
      sum = sum * ofKeys + exponential(sink - larger);
      gain *= ofKeys;
      top = larger;
    }
    const isMasked = sum == 0; // not "sum > 0": NaN has to stay
    const logSum = sum == sum ? f32x4.extract_lane(logarithm(f32x4.splat(sum)), 0) : sum;
    const whole = top + logSum;
    const rest = top - whole + logSum;
    store<f32>(job.logSumExp + (<usize>(first + row) << 2), isMasked ? -Infinity : whole);
    store<f32>(job.roundedOff + (<usize>(first + row) << 2), isMasked || rest != rest ? 0 : rest);
    const factor = isMasked ? <f32>0 : gain / sum;
    const source = outs + <usize>row * job.valueStride;
    const target = job.out + (<usize>(first + row) * width << 2);
    writeRow(source, target, width, factor);
  }
}

// @ts-ignore: decorator
@inline
function exponential(x: f32): f32 {
  return f32x4.extract_lane(exponentialOrZero(f32x4.splat(x)), 0);
}

/** target[width] = factor · source */
// @ts-ignore: decorator
@inline
export function writeRow(source: usize, target: usize, width: i32, factor: f32): void {
  let column = 0;
  for (; column + 4 <= width; column += 4) {
    v128.store(target + (<usize>column << 2), f32x4.mul(v128.load(source + (<usize>column << 2)), f32x4.splat(factor)));
  }
  for (; column < width; column++) {
    store<f32>(target + (<usize>column << 2), load<f32>(source + (<usize>column << 2)) * factor);
  }
}
