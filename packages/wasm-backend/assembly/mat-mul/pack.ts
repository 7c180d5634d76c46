import { panelRows } from './tile';

// Packing puts the values in the order in which a tile reads them, so that its loop has one address per operand, whatever the
// transpose. A panel is as many lines (rows of a, columns of b) as a tile is high or wide: at each step along the depth, one
// value of each line, and zeros for lines that do not exist.

/** Packs rows of a into panels of `panelRows`. */
export function packRows(source: usize, rowStep: usize, depthStep: usize, rows: i32, depth: i32, panels: usize): void {
  for (let left = rows; left > 0; ) {
    const height = panelRows(left);
    panels = pack(source, rowStep, depthStep, min(height, left), depth, height, panels);
    source += <usize>height * rowStep;
    left -= height;
  }
}

/** Packs `lines` lines of that depth into panels of `width` lines (4, 6 or 8); returns where the panels end. */
export function pack(source: usize, lineStep: usize, depthStep: usize, lines: i32, depth: i32, width: i32, panels: usize): usize {
  const stepBytes = <usize>width << 2;
  for (let line = 0; line < lines; line += width) {
    for (let first = 0; first < width; first += 4) {
      const from = source + <usize>(line + first) * lineStep;
      const to = panels + (<usize>first << 2);
      const present = lines - line - first;
      if (width - first < 4) packPair(from, lineStep, depthStep, present, depth, to, stepBytes);
      else if (present < 4) packEdge(from, lineStep, depthStep, present, 4, depth, to, stepBytes);
      else if (lineStep == 4) packNeighbours(from, depthStep, depth, to, stepBytes);
      else if (depthStep == 4) packTransposed(from, lineStep, depth, to, stepBytes);
      else packEdge(from, lineStep, depthStep, 4, 4, depth, to, stepBytes);
    }
    panels += <usize>depth * stepBytes;
  }
  return panels;
}

/** Four lines whose values lie side by side in memory. */
function packNeighbours(source: usize, depthStep: usize, depth: i32, target: usize, stepBytes: usize): void {
  for (let at = 0; at < depth; at++) {
    v128.store(target, v128.load(source));
    source += depthStep;
    target += stepBytes;
  }
}

/** Four lines each of which lies in one piece: transposed four by four. */
function packTransposed(source: usize, lineStep: usize, depth: i32, target: usize, stepBytes: usize): void {
  let line0 = source;
  let line1 = line0 + lineStep;
  let line2 = line1 + lineStep;
  let line3 = line2 + lineStep;
  let at = 0;
  for (; at + 4 <= depth; at += 4) {
    const a = v128.load(line0);
    const b = v128.load(line1);
    const c = v128.load(line2);
    const d = v128.load(line3);
    storeTransposed(a, b, c, d, target, stepBytes);
    line0 += 16;
    line1 += 16;
    line2 += 16;
    line3 += 16;
    target += 4 * stepBytes;
  }
  packEdge(line0, lineStep, 4, 4, 4, depth - at, target, stepBytes);
}

/** Four values of each of four lines, transposed: one of each line by turns. */
// @ts-ignore: decorator
@inline
export function storeTransposed(a: v128, b: v128, c: v128, d: v128, target: usize, stepBytes: usize): void {
  const ab01 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const ab23 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd01 = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const cd23 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<i64>(ab01, cd01, 0, 2));
  v128.store(target + stepBytes, v128.shuffle<i64>(ab01, cd01, 1, 3));
  v128.store(target + 2 * stepBytes, v128.shuffle<i64>(ab23, cd23, 0, 2));
  v128.store(target + 3 * stepBytes, v128.shuffle<i64>(ab23, cd23, 1, 3));
}

/** The last two lines of a panel of six. */
function packPair(source: usize, lineStep: usize, depthStep: usize, present: i32, depth: i32, target: usize, stepBytes: usize): void {
  let at = 0;
  if (present >= 2 && lineStep == 4) {
    for (; at < depth; at++) {
      store<u64>(target, load<u64>(source));
      source += depthStep;
      target += stepBytes;
    }
  } else if (present >= 2 && depthStep == 4) {
    for (; at + 4 <= depth; at += 4) {
      const a = v128.load(source);
      const b = v128.load(source + lineStep);
      const ab01 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
      const ab23 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
      v128.store64_lane(target, ab01, 0);
      v128.store64_lane(target + stepBytes, ab01, 1);
      v128.store64_lane(target + 2 * stepBytes, ab23, 0);
      v128.store64_lane(target + 3 * stepBytes, ab23, 1);
      source += 16;
      target += 4 * stepBytes;
    }
  }
  packEdge(source, lineStep, depthStep, present, 2, depth - at, target, stepBytes);
}

/** Any steps, and `present` of `width` lines (none where it is not above 0). */
function packEdge(
  source: usize,
  lineStep: usize,
  depthStep: usize,
  present: i32,
  width: i32,
  depth: i32,
  target: usize,
  stepBytes: usize,
): void {
  for (let at = 0; at < depth; at++) {
    for (let line = 0; line < width; line++) {
      const value: f32 = line < present ? load<f32>(source + <usize>line * lineStep) : 0;
      store<f32>(target + (<usize>line << 2), value);
    }
    source += depthStep;
    target += stepBytes;
  }
}
