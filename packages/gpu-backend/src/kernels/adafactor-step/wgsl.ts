import { sumOfLanes } from '../../wgsl/sum-of-lanes.ts';
import { mainOfRow } from '../../wgsl/workgroup.ts';

export const threads = 256;

const head = `${sumOfLanes(threads, threads)}
${mainOfRow(threads)}`;

/** A loop of a workgroup's threads over so many numbers, whose sum `sum` all threads have afterwards. */
const summed = (sum: string, count: string, term: string): string => `var own_${sum} = 0.0;
    for (var at = t; at < ${count}; at += ${threads}u) { own_${sum} += ${term}; }
    let ${sum} = sumOfLanes(own_${sum}, t);`;

/** For each row the mean of squares and the sum of the parameter's squares; then, for each part of the rows, sums of the columns. */
export const squaresText = (isFactored: boolean): string => `${head}
  let rows = u.matrices * u.rows;
  if (group < rows) {
    let first = group * u.columns;
    ${summed('ofParameter', 'u.columns', 'parameter[first + at] * parameter[first + at]')}
    if (t == 0u) { parameterSquares[group] = ofParameter; }
    ${
      isFactored
        ? `${summed('ofRow', 'u.columns', 'gradient[first + at] * gradient[first + at] + u.epsilon')}
    if (t == 0u) { newMeanOfRows[group] = meanOfRows[group] * u.beta2 + ofRow / f32(u.columns) * u.share2; }`
        : ''
    }
    return;
  }
  let tiles = (u.columns + ${threads - 1}u) / ${threads}u;
  let tile = group - rows;
  let part = tile / tiles;
  let column = tile % tiles * ${threads}u + t;
  if (part >= u.matrices * u.parts || column >= u.columns) { return; }
  let firstRow = part % u.parts * u.rowsPerPart;
  let end = min(firstRow + u.rowsPerPart, u.rows);
  var sum = 0.0;
  for (var row = firstRow; row < end; row++) {
    let slope = gradient[(part / u.parts * u.rows + row) * u.columns + column];
    sum += slope * slope + u.epsilon;
  }
  columnParts[part * u.columns + column] = sum;
}`;

/** The means of columns; then, for each matrix, the root of the mean over rows, and at last the learning rate of the parameter. */
export const statisticsText = (isFactored: boolean): string => `${head}
  let tiles = (u.matrices * u.columns + ${threads - 1}u) / ${threads}u;
  if (group < tiles) {
    let at = group * ${threads}u + t;
    if (at < u.matrices * u.columns) {
      let first = at / u.columns * u.parts * u.columns + at % u.columns;
      var sum = 0.0;
      for (var part = 0u; part < u.parts; part++) { sum += columnParts[first + part * u.columns]; }
      newMeanOfColumns[at] = meanOfColumns[at] * u.beta2 + sum / f32(u.rows) * u.share2;
    }
    return; // all threads of the workgroup, or barriers below would not be allowed
  }
  let nth = group - tiles;
  if (nth < u.matrices) {
    ${isFactored ? `${summed('ofRows', 'u.rows', 'newMeanOfRows[nth * u.rows + at]')}` : 'let ofRows = 0.0;'}
    if (t == 0u) { statistics[nth] = sqrt(ofRows / f32(u.rows)); }
  } else if (nth == u.matrices) {
    ${summed('squares', 'u.matrices * u.rows', 'parameterSquares[at]')}
    let size = max(sqrt(squares / f32(u.matrices * u.rows * u.columns)), u.leastScale);
    if (t == 0u) { statistics[nth] = u.learningRate * select(1.0, size, u.leastScale > 0.0); }
  }
}`;

/** `updateAt(at, known)`: of the number there, with what `statistics` or `sizes` know. */
const update = (isFactored: boolean, known: string): string => `
fn updateAt(at: u32) -> f32 {
  let row = at / u.columns;
  let matrix = row / u.rows;
  let byColumn = gradient[at] / sqrt(newMeanOfColumns[matrix * u.columns + at % u.columns]);
  return byColumn${isFactored ? ` * (${known}[matrix] / sqrt(newMeanOfRows[row]))` : ''};
}`;

export const updateSquaresText = (isFactored: boolean): string => `${update(isFactored, 'statistics')}
${head}
  if (group >= u.matrices * u.rows) { return; }
  let first = group * u.columns;
  ${summed('squares', 'u.columns', 'updateAt(first + at) * updateAt(first + at)')}
  if (t == 0u) { updateSquares[group] = squares; }
}`;

/** What is known of the matrices, and of the parameter its learning rate and by how much its update is multiplied. */
export const sizesText: string = `${head}
  if (group > 0u) { return; }
  ${summed('squares', 'u.matrices * u.rows', 'updateSquares[at]')}
  for (var at = t; at <= u.matrices; at += ${threads}u) { sizes[at] = statistics[at]; }
  let root = sqrt(squares / f32(u.matrices * u.rows * u.columns));
  if (t == 0u) { sizes[u.matrices + 1u] = statistics[u.matrices] / max(1.0, root / u.clipThreshold); }
}`;

export const stepText = (isFactored: boolean, hasFirst: boolean): string => `${update(isFactored, 'sizes')}
${mainOfRow(threads)}
  let at = group * ${threads}u + t;
  if (at >= u.matrices * u.rows * u.columns) { return; }
  var change = updateAt(at) * sizes[u.matrices + 1u];
  ${hasFirst ? 'change = firstMoment[at] * u.beta1 + change * u.share1;\n  newFirstMoment[at] = change;' : ''}
  newParameter[at] = parameter[at] * (1.0 - sizes[u.matrices] * u.weightDecay) - change;
}`;
