import { each } from '../../../wgsl/program-text.ts';
import { sumOfColumn } from '../../../wgsl/sum-of-column.ts';
import { sumOfLanes } from '../../../wgsl/sum-of-lanes.ts';
import { mainOfRow } from '../../../wgsl/workgroup.ts';

export const threads = 64;
export const gradientThreads = 256;

interface Form {
  readonly isCentered: boolean;
  readonly hasWeight: boolean;
  readonly hasBias: boolean;
  /** Declares N. */
  readonly code: string;
  /** Threads that share a row. */
  readonly lanes: number;
}

/** Numbers that are kept of a row: the mean, what it missed by rounding, and the inverse of the deviation; of an RMS norm the last one. */
export const statistics = (isCentered: boolean): number => (isCentered ? 3 : 1);

/** Rows of workgroups; a thread after the last row works on the first and writes nothing, for all have to reach each barrier. */
const ownRow = (lanes: number): string => `
  let row = group * ${threads / lanes}u + t / ${lanes}u;
  let isRow = row < u.rows;
  let base = select(0u, row, isRow) * u.vectors;
  let lane = t % ${lanes}u;`;

const eachOwn = (lanes: number, body: string): string =>
  `for (var column = lane; column < u.vectors; column += ${lanes}u) { let at = base + column; ${body} }`;

export function normText({ isCentered, hasWeight, hasBias, code, lanes }: Form): string {
  const centered = isCentered ? '(x[at] - mean - missed)' : 'x[at]';
  return `${code}
${sumOfLanes(threads, lanes)}
${mainOfRow(threads)}
  ${ownRow(lanes)}
  var sum = 0.0;
  ${
    isCentered
      ? `${eachOwn(lanes, 'sum += total(x[at]);')}
  let mean = sumOfLanes(sum, t) / f32(u.width);
  sum = 0.0;
  ${eachOwn(lanes, 'sum += total(x[at] - mean);')}
  let missed = sumOfLanes(sum, t) / f32(u.width); // the sum of numbers far from 0 is rounded
  sum = 0.0;`
      : ''
  }
  ${eachOwn(lanes, `let own = ${centered}; sum += total(own * own);`)}
  let squared = sumOfLanes(sum, t) / f32(u.width) + u.epsilon;
  // As inverseRoot of core-tensor: with epsilon 0 a row without a deviation is not divided by it.
  let inverse = select(inverseSqrt(squared), 0.0, squared <= 1.1754943508222875e-38);
  if (!isRow) { return; }
  if (lane == 0u) {
    ${isCentered ? 'stats[3u * row] = mean; stats[3u * row + 1u] = missed; stats[3u * row + 2u] = inverse;' : 'stats[row] = inverse;'}
  }
  ${eachOwn(lanes, `y[at] = ${centered} * inverse${hasWeight ? ' * weight[column]' : ''}${hasBias ? ' + bias[column]' : ''};`)}
}`;
}

/** Workgroups that keep a large device busy, and rows of a part where there are more. */
const manyParts = 512;
const mostRows = 128;

/** Rows whose gradients one workgroup makes, and their part of the sums over rows: as many as its threads share, or a power of two times as many. */
export function rowsOfPart(rows: number, lanes: number): number {
  let count = gradientThreads / lanes;
  while (count < mostRows && count * manyParts < rows) count *= 2;
  return count;
}

/**
 * dx = inverse · (s − mean(s) − normal · mean(s · normal)) with s = dy · weight; without the mean of s where rows are not centered. And the sums
 * of dy · normal for the weight and of dy for the bias, over the rows of a part.
 */
export function gradientText({ isCentered, hasWeight, hasBias, code, lanes }: Form): string {
  const slots = gradientThreads / lanes;
  const scaled = `dy[at]${hasWeight ? ' * weight[column]' : ''}`;
  const stats = isCentered
    ? 'let mean = stats[3u * row]; let missed = stats[3u * row + 1u]; let inverse = stats[3u * row + 2u];'
    : 'let inverse = stats[row];';
  const normal = `let normal = ${isCentered ? '(x[at] - mean - missed)' : 'x[at]'} * inverse;`;
  const terms = [...(hasWeight ? ['dy[at] * normal'] : []), ...(hasBias ? ['dy[at]'] : [])];
  const eachTerm = (text: (nth: number) => string): string => each(terms.length, text);
  return `${code}
${sumOfLanes(gradientThreads, lanes, 'vec2f')}
${terms.length > 0 ? sumOfColumn(gradientThreads, lanes) : ''}
var<workgroup> means: array<vec2f, ${Math.max(mostRows, gradientThreads)}>;
${mainOfRow(gradientThreads)}
  let first = group * u.rowsPerPart;
  let slot = t / ${lanes}u;
  let lane = t % ${lanes}u;
  for (var own = 0u; own < u.rowsPerPart; own += ${slots}u) {
    let row = select(0u, first + own + slot, first + own + slot < u.rows); // all have to reach each barrier
    let base = row * u.vectors;
    ${stats}
    var sums = vec2f();
    ${eachOwn(lanes, `let scaled = ${scaled}; ${normal} sums += vec2f(total(scaled), total(scaled * normal));`)}
    let ofRow = sumOfLanes(sums, t) / f32(u.width);
    if (lane == 0u) { means[own + slot] = ofRow; }
  }
  workgroupBarrier();
  for (var tile = 0u; tile < u.vectors; tile += ${lanes}u) {
    let column = tile + lane;
    ${eachTerm((nth) => `var sum${nth} = N();`)}
    if (column < u.vectors) {
      for (var own = slot; own < u.rowsPerPart && first + own < u.rows; own += ${slots}u) {
        let row = first + own;
        let at = row * u.vectors + column;
        ${stats}
        ${normal}
        dx[at] = (${scaled}${isCentered ? ' - means[own].x' : ''} - normal * means[own].y) * inverse;
        ${eachTerm((nth) => `sum${nth} += ${terms[nth]};`)}
      }
    }
    ${eachTerm((nth) => `let whole${nth} = sumOfColumn(sum${nth}, t);`)}
    ${
      terms.length === 0
        ? ''
        : `if (slot == 0u && column < u.vectors && first < u.rows) {
      let at = (u.before + group) * ${terms.length}u * u.vectors + column;
      ${eachTerm((nth) => `parts[at + ${nth}u * u.vectors] = whole${nth};`)}
    }`
    }
  }
}`;
}
