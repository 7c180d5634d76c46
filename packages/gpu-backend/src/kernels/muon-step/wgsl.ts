import type { Tensor } from '@tensorflow/tfjs-core';
import { f32, u32 } from '../../encode/encode.ts';
import { reads, writes } from '../../encode/run-program.ts';
import { readRows, writeRows } from '../../wgsl/rows.ts';
import { sumOfLanes } from '../../wgsl/sum-of-lanes.ts';
import { mainOfRow } from '../../wgsl/workgroup.ts';
import type { Finish } from '../product/finish.ts';

/** Of a workgroup; and as many parts, at most, of a sum of squares: one for each thread of those that add them up. */
export const threads = 256;

/** Momentum and direction, and the sum of the direction's squares in parts. */
export const directionText = (code: string): string => `${code}
${sumOfLanes(threads, threads)}
${mainOfRow(threads)}
  if (group >= u.parts) { return; }
  var squares = 0.0;
  for (var at = group * ${threads}u + t; at < u.count; at += u.parts * ${threads}u) {
    let slope = gradient[at];
    let sum = momentum[at] * u.keep + slope;
    let direction = slope + sum * u.keep;
    running[at] = sum;
    ahead[at] = direction;
    squares += total(direction * direction);
  }
  let all = sumOfLanes(squares, t);
  if (t == 0u) { sums[group] = all; }
}`;

/** Each workgroup adds the parts up again: there are few. */
export const normalisedText = (code: string): string => `${code}
${sumOfLanes(threads, threads)}
${mainOfRow(threads)}
  let norm = sqrt(sumOfLanes(select(0.0, sums[min(t, u.parts - 1u)], t < u.parts), t)) + u.leastNorm;
  let at = group * ${threads}u + t;
  if (at < u.count) { x[at] = ahead[at] / norm; }
}`;

/** Writes sums and another matrix of their size by their factors, and so much more on the diagonal. */
export function sumFinish(
  other: Tensor,
  out: Tensor,
  width: number,
  { ofSum, ofOther, diagonal }: { readonly ofSum: number; readonly ofOther: number; readonly diagonal: number },
): Finish {
  const isAligned = width % 4 === 0;
  const read = readRows('other', 'u.outWidth', isAligned);
  const write = writeRows('out', 'u.outWidth', isAligned);
  return {
    name: `added to another by factors${isAligned ? '' : ' in fours and a rest'}`,
    bound: { other: reads(other, read.type), out: writes(out, write.type) },
    fields: { outWidth: u32(width), ofSum: f32(ofSum), ofOther: f32(ofOther), diagonal: f32(diagonal) },
    code: `${read.code}
${write.code}
fn finish(row: u32, vector: u32, sum: vec4f) {
  let isDiagonal = vec4u(row) == vec4u(4u * vector) + vec4u(0u, 1u, 2u, 3u);
  outWrite(row, vector, sum * u.ofSum + otherAt(row, vector) * u.ofOther + select(vec4f(), vec4f(u.diagonal), isDiagonal));
}`,
  };
}
