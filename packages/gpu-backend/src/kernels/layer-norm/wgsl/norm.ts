import { sumOfLanes } from '../../../wgsl/sum-of-lanes.ts';
import { mainOfRow } from '../../../wgsl/workgroup.ts';

export const threads = 64;

interface Form {
  readonly isCentered: boolean;
  readonly hasWeight: boolean;
  /** Declares N. */
  readonly code: string;
  /** Threads that share a row. */
  readonly lanes: number;
}

/** Numbers that are kept of a row: the mean, what it missed by rounding, and the inverse of the deviation; of an RMS norm the last one. */
export const statistics = (isCentered: boolean): number => (isCentered ? 3 : 1);

/** The normalised N at `at`, of `row`, from x and stats. */
export const normalOf = (isCentered: boolean): string =>
  isCentered ? '((x[at] - stats[3u * row] - stats[3u * row + 1u]) * stats[3u * row + 2u])' : '(x[at] * stats[row])';

/** Rows of workgroups; a thread after the last row works on the first and writes nothing, for all have to reach each barrier. */
const ownRow = (lanes: number): string => `
  let row = group * ${threads / lanes}u + t / ${lanes}u;
  let isRow = row < u.rows;
  let base = select(0u, row, isRow) * u.vectors;
  let lane = t % ${lanes}u;`;

const eachOwn = (lanes: number, body: string): string =>
  `for (var column = lane; column < u.vectors; column += ${lanes}u) { let at = base + column; ${body} }`;

export function normText({ isCentered, hasWeight, hasBias, code, lanes }: Form & { readonly hasBias: boolean }): string {
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

/** dx = inverse · (s − mean(s) − normal · mean(s · normal)) with s = dy · weight; without the mean of s where rows are not centered. */
export function gradientText({ isCentered, hasWeight, code, lanes }: Form): string {
  const scaled = `dy[at]${hasWeight ? ' * weight[column]' : ''}`;
  return `${code}
${sumOfLanes(threads, lanes, 'vec2f')}
${mainOfRow(threads)}
  ${ownRow(lanes)}
  let stat = select(0u, row, isRow)${isCentered ? ' * 3u' : ''};
  ${isCentered ? 'let mean = stats[stat]; let missed = stats[stat + 1u]; let inverse = stats[stat + 2u];' : 'let inverse = stats[stat];'}
  var sums = vec2f();
  ${eachOwn(
    lanes,
    `let scaled = ${scaled}; let normal = ${isCentered ? '(x[at] - mean - missed)' : 'x[at]'} * inverse;
    sums += vec2f(total(scaled), total(scaled * normal));`,
  )}
  let means = sumOfLanes(sums, t) / f32(u.width);
  if (!isRow) { return; }
  ${eachOwn(
    lanes,
    `let normal = ${isCentered ? '(x[at] - mean - missed)' : 'x[at]'} * inverse;
    dx[at] = (${scaled}${isCentered ? ' - means.x' : ''} - normal * means.y) * inverse;`,
  )}
}`;
}
