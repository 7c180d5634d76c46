import { interleaveRows } from '../rows/rows';
import { Job } from './job';

/** Panels of 8 keys in each block. */
// @ts-ignore: decorator
@inline
export function panelsOfBlock(job: Job): i32 {
  return (job.blockSize + 7) >> 3;
}

/** Puts key blocks into panels, times the scale. Items are (batch · keyHeads + keyHead) · keyBlocks + keyBlock. */
export function packKeyPanels(job: Job, from: i32, to: i32, _scratch: usize): void {
  packBlocks(job, from, to, job.keyRows, job.keyStride, job.headDim, job.scale, job.keyPanels);
}

/** Puts blocks of values into panels. Items as for keys. */
export function packValuePanels(job: Job, from: i32, to: i32, _scratch: usize): void {
  packBlocks(job, from, to, job.valueRows, job.valueStride, job.valueDim, 1, job.valuePanels);
}

function packBlocks(job: Job, from: i32, to: i32, rows: usize, stride: usize, depth: i32, scale: f32, panels: usize): void {
  const blockSize = job.blockSize;
  const count = panelsOfBlock(job);
  for (let item = from; item < to; item++) {
    const first = (item % job.keyBlocks) * blockSize;
    const source = rows + (<usize>(item / job.keyBlocks) * job.keyLength + first) * stride;
    const target = panels + ((<usize>item * count * depth) << 5);
    packPanels(source, stride, 0, min(blockSize, job.keyLength - first), depth, scale, target, count);
  }
}

/**
 * Puts each head's relative rows into panels, times the scale: panel p holds rows 8 (p − 1) … 8 p − 1, so that the first and the last
 * panel stand for all rows beyond the ends. Items are heads.
 */
export function packRelativePanels(job: Job, from: i32, to: i32, _scratch: usize): void {
  const depth = job.headDim;
  const count = relativePanelCount(job);
  for (let head = from; head < to; head++) {
    const source = job.relativeRows + <usize>head * job.relativeLength * job.queryStride;
    const target = job.relativePanels + ((<usize>head * count * depth) << 5);
    packPanels(source, job.queryStride, -8, job.relativeLength, depth, job.scale, target, count);
  }
}

// @ts-ignore: decorator
@inline
export function relativePanelCount(job: Job): i32 {
  return ((job.relativeLength + 7) >> 3) + 2;
}

function packPanels(source: usize, stride: usize, first: i32, rows: i32, depth: i32, scale: f32, target: usize, count: i32): void {
  for (let panel = 0; panel < count; panel++) {
    const at = target + (<usize>(panel * depth) << 5);
    interleaveRows(source, stride, first + 8 * panel, rows, depth, scale, at, 32);
    interleaveRows(source, stride, first + 8 * panel + 4, rows, depth, scale, at + 16, 32);
  }
}
