import { each } from '../../../wgsl/program-text.ts';
import type { DistanceRows, TermCode } from '../score-term/term-code.ts';
import type { Tile } from '../tile.ts';

/** What a program needs of its terms. */
export interface ScoreCode {
  readonly terms: readonly TermCode[];
  /** The term whose cotangent is wanted: `after` is then the slope of what comes after it. */
  readonly learned?: number | undefined;
}

/** Whether anything is done to scaled scores: else they are not looked at one by one. */
const hasTerms = ({ terms }: ScoreCode): boolean => terms.some(({ step }) => step !== undefined);
export const hasSlopes = ({ terms }: ScoreCode): boolean => terms.some(({ hasSlope }) => hasSlope);
export const hasKept = ({ terms }: ScoreCode): boolean => terms.some(({ kept }) => kept !== undefined);

export const readsEntries = ({ terms }: ScoreCode): boolean => terms.some((term) => term.readsEntries);

/** Rows whose products with queries are added to those with keys. */
export const distanceRowsOf = ({ terms }: ScoreCode): DistanceRows | undefined =>
  terms.find((term) => term.distanceRows !== undefined)?.distanceRows;

/** What is added to queries as they are loaded into `numbers`, before their products: a statement. */
export const addToQueries = ({ terms }: ScoreCode, vector: string): string => {
  const at = terms.find((term) => term.addedToQueries !== undefined)?.addedToQueries;
  return at === undefined ? '' : `numbers = added(numbers, tableVector(${at}, ${vector}));`;
};

/** `position`, `keyPosition` and `apart` of a pair. */
export const positionsOf = ({ terms }: ScoreCode): string => `${
  terms.find((term) => term.positions !== undefined)?.positions ?? 'let position = i32(query) + u.queryOffset; let keyPosition = i32(key);'
}
  let apart = keyPosition - position;`;

/** Rows of headDim numbers among the tables. */
export const tableVectors = `
fn tableVector(at: u32, vector: u32) -> vec4f {
  var numbers = vec4f();
  for (var i = 0u; i < 4u; i++) { if (4u * vector + i < u.headDim) { numbers[i] = bitcast<f32>(tables[at + 4u * vector + i]); } }
  return numbers;
}`;

/** The score of one pair after all terms. */
export function scoreFunctions(code: ScoreCode): string {
  const { terms, learned } = code;
  const kept = terms.find((term) => term.kept !== undefined)?.kept;
  return `
struct Score { score: f32, slope: f32, after: f32, isVisible: bool, isUnusual: bool }
${distanceRowsOf(code) ? tableVectors : ''}
// A row that is unusual stays so, to be found by its bits.
fn added(numbers: vec4f, more: vec4f) -> vec4f { return select(numbers + more, numbers, isUnusual(numbers)); }
fn isUnusualNumber(bits: u32) -> bool { return (bits & 0x7f800000u) == 0x7f800000u; }
${
  hasTerms(code)
    ? `fn scoreOf(scaled: f32, query: u32, key: u32, sequence: u32, batch: u32, head: u32) -> Score {
  var x = Score(scaled, 1.0, 1.0, true, false);
  ${positionsOf(code)}
  ${terms.map(({ step }, at) => `${step ?? ''}${at === learned ? '\n  x.after = 1.0;' : ''}`).join('\n  ')}
  return x;
}`
    : ''
}
${kept === undefined ? '' : `fn keptOf(query: u32, key: u32, sequence: u32) -> f32 { ${kept} }`}`;
}

/** What rows of the scores' tile are. */
export type RowsAre = 'queries' | 'keys';

const pairOf = (rowsAre: RowsAre): string =>
  rowsAre === 'queries' ? 'let query = own + r; let key = firstOther + column;' : 'let query = firstOther + column; let key = own + r;';

/** The terms, pair by pair, in a loop: written out for each of 16 pairs, some drivers take minutes to compile them. */
function termLoop(tile: Tile, code: ScoreCode, rowsAre: RowsAre): string {
  const count = tile.columns / tile.columnThreads;
  const ofColumn = (text: (j: number) => string): string => each(count, (j) => `if (j == ${j}u) { ${text(j)} }`);
  return `
  for (var pair = 0u; pair < ${4 * count}u; pair++) {
    if (((seenBits >> pair) & 1u) == 0u) { continue; }
    let j = pair / 4u;
    let r = pair % 4u;
    let column = columnThread + j * ${tile.columnThreads}u;
    ${pairOf(rowsAre)}
    ${
      hasTerms(code)
        ? `var scaled = 0.0;
    ${ofColumn((j) => `scaled = s${j}[r];`)}
    let x = scoreOf(scaled, query, key, sequence, batch, head);
    if (!x.isVisible) { seenBits &= ~(1u << pair); }
    if (x.isUnusual) { unusualPairs |= 1u << pair; }
    ${ofColumn((j) => `s${j}[r] = x.score;${hasSlopes(code) ? ` slope${j}[r] = x.slope;` : ''}${code.learned === undefined ? '' : ` after${j}[r] = x.after;`}`)}`
        : ''
    }
    ${hasKept(code) ? `let pairKept = keptOf(query, key, sequence);\n    ${ofColumn((j) => `kept${j}[r] = pairKept;`)}` : ''}
  }
  ${hasTerms(code) ? each(count, (j) => `seen${j} = ((vec4u(seenBits >> ${4 * j}u) >> vec4u(0u, 1u, 2u, 3u)) & vec4u(1u)) == vec4u(1u);`) : ''}`;
}

/** Which pairs of the sub-tile are visible: `seenJ`, vec4<bool>; and scores `sJ` with all terms. */
export function scoredColumns(tile: Tile, code: ScoreCode, rowsAre: RowsAre): string {
  const count = tile.columns / tile.columnThreads;
  const words =
    rowsAre === 'queries'
      ? `let words = vec4u(${[0, 1, 2, 3].map((r) => `bitsOf(tile, inner + 4u * rowThread + ${r}u, sub)`).join(', ')});`
      : '';
  const visible =
    rowsAre === 'queries' ? 'words >> vec4u(column)' : 'vec4u(bitsOf(tile, sub + column, inner + 4u * rowThread)) >> vec4u(0u, 1u, 2u, 3u)';
  const wants = { slope: hasSlopes(code), after: code.learned !== undefined, kept: hasKept(code) };
  return `
  ${words}
  var seenBits = 0u;
  activeBits = 0u;
  var unusualPairs = 0u;
  ${each(
    count,
    (j) => `var seen${j} = vec4<bool>();
  ${wants.slope ? `var slope${j} = vec4f(1.0);` : ''}
  ${wants.after ? `var after${j} = vec4f(1.0);` : ''}
  ${wants.kept ? `var kept${j} = vec4f(1.0);` : ''}
  {
    let column = columnThread + ${j * tile.columnThreads}u;
    seen${j} = ((${visible}) & vec4u(1u)) == vec4u(select(0u, 1u, firstOther + column < otherEnd));
    seen${j} = seen${j} & vec4<bool>(firstOther + column < otherEnd);
    s${j} = s${j} * u.scale;
    seenBits |= dot(vec4u(seen${j}) * vec4u(1u, 2u, 4u, 8u), vec4u(1u)) << ${4 * j}u;
  }`,
  )}
  ${hasTerms(code) || wants.kept ? termLoop(tile, code, rowsAre) : ''}`;
}

/** Which pairs of column j have a weight above 0, in `activeBits`. */
export const rememberActive = (j: number, weight: string): string =>
  `activeBits |= dot(vec4u(${weight} > vec4f()) * vec4u(1u, 2u, 4u, 8u), vec4u(1u)) << ${4 * j}u;`;

/**
 * Remembers for each row whether it saw anything, and whether anything unusual came with a weight above 0. After all loads of a sub-tile.
 * @param scores whether the other side's rows made the scores: then their weights mean nothing, and seeing them is enough
 */
export const rememberUnusual = (tile: Tile, scores: boolean): string => `
  sawBits |= ${scores ? 'seenBits' : 'activeBits'};
  let unusualRows = atomicLoad(&unusualOther[turn]);
  if ((unusualRows | unusualPairs) != 0u) {
    ${each(
      tile.columns / tile.columnThreads,
      (j) => `{
      let isRow = ((unusualRows >> (columnThread + ${j * tile.columnThreads}u)) & 1u) == 1u;
      spoiledBits |= ((${scores ? 'seenBits' : 'activeBits'} >> ${4 * j}u) & select(0u, 15u, isRow)) | (((seenBits & unusualPairs) >> ${4 * j}u) & 15u);
    }`,
    )}
  }`;

/** In `valueBits`, of the forward pass: which rows give a value that is no number a weight above 0. */
export const rememberValues = (tile: Tile): string => `
  let unusualValues = atomicLoad(&unusualWeighted[turn]);
  if (unusualValues != 0u) {
    ${each(
      tile.columns / tile.columnThreads,
      (j) =>
        `valueBits |= (activeBits >> ${4 * j}u) & select(0u, 15u, ((unusualValues >> (columnThread + ${j * tile.columnThreads}u)) & 1u) == 1u);`,
    )}
  }`;

/** `spoiled`: which of the thread's rows end as NaN. Every thread has to come here. */
export const spoiledRows = (tile: Tile): string => `
  workgroupBarrier();
  sawBits |= sawBits >> 8u;
  sawBits |= sawBits >> 4u;
  var flags = vec4f((vec4u(sawBits) >> vec4u(0u, 1u, 2u, 3u)) & vec4u(1u)) + 1024.0 * vec4f((vec4u(spoiledBits) >> vec4u(0u, 1u, 2u, 3u)) & vec4u(1u));
  partial[t] = flags;
  workgroupBarrier();
  flags = vec4f();
  for (var at = 0u; at < ${tile.columnThreads}u; at++) { flags += partial[rowThread * ${tile.columnThreads}u + at]; }
  let ownBits = atomicLoad(&unusualOwn[rowThread / 8u]) >> (4u * rowThread % 32u);
  let isOwn = ((vec4u(ownBits) >> vec4u(0u, 1u, 2u, 3u)) & vec4u(1u)) == vec4u(1u);
  let spoiled = (flags >= vec4f(1024.0)) | (isOwn & (flags > vec4f()));`;
