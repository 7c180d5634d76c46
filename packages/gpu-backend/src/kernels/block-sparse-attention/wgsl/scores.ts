import type { TermCode } from '../score-term/term-code.ts';
import type { Tile } from '../tile.ts';
import { component, each } from './program-text.ts';

/** What a program needs of its terms. */
export interface ScoreCode {
  readonly terms: readonly TermCode[];
  /** The term whose cotangent is wanted: `after` is then the slope of what comes after it. */
  readonly learned?: number | undefined;
}

/** Whether anything is done to scaled scores: else they are not looked at one by one. */
const hasTerms = ({ terms }: ScoreCode): boolean => terms.some(({ step, product }) => step !== undefined || product !== undefined);
export const hasSlopes = ({ terms }: ScoreCode): boolean => terms.some(({ hasSlope }) => hasSlope);
export const hasKept = ({ terms }: ScoreCode): boolean => terms.some(({ kept }) => kept !== undefined);

export const readsEntries = ({ terms }: ScoreCode): boolean => terms.some((term) => term.readsEntries);

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
${terms.some(({ product }) => product !== undefined) ? tableVectors : ''}
// A row that is unusual stays so, to be found by its bits.
fn added(numbers: vec4f, more: vec4f) -> vec4f { return select(numbers + more, numbers, isUnusual(numbers)); }
fn isUnusualNumber(bits: u32) -> bool { return (bits & 0x7f800000u) == 0x7f800000u; }
${
  hasTerms(code)
    ? `fn scoreOf(scaled: f32, query: u32, key: u32, sequence: u32, batch: u32, head: u32) -> Score {
  var x = Score(scaled, 1.0, 1.0, true, false);
  ${positionsOf(code)}
  ${terms.map(({ product }) => product ?? '').join('')}
  ${terms.map(({ step }, at) => `${step ?? ''}${at === learned ? '\n  x.after = 1.0;' : ''}`).join('\n  ')}
  return x;
}`
    : ''
}
${kept === undefined ? '' : `fn keptOf(query: u32, key: u32, sequence: u32) -> f32 { ${kept} }`}`;
}

/** What rows of the scores' tile are. */
type RowsAre = 'queries' | 'keys';

const pairOf = (rowsAre: RowsAre, r: number): { readonly query: string; readonly key: string } =>
  rowsAre === 'queries' ? { query: `own + ${r}u`, key: 'firstOther + column' } : { query: 'firstOther + column', key: `own + ${r}u` };

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
    ${
      hasTerms(code)
        ? each(4, (r) => {
            const { query, key } = pairOf(rowsAre, r);
            const c = component(r);
            return `if (seen${j}.${c}) { let x = scoreOf(s${j}.${c}, ${query}, ${key}, sequence, batch, head);
      s${j}.${c} = x.score; seen${j}.${c} = x.isVisible;${wants.slope ? ` slope${j}.${c} = x.slope;` : ''}${wants.after ? ` after${j}.${c} = x.after;` : ''}
      if (x.isUnusual) { unusualPairs |= ${1 << (4 * j + r)}u; } }`;
          })
        : ''
    }
    ${wants.kept ? each(4, (r) => `kept${j}.${component(r)} = keptOf(${pairOf(rowsAre, r).query}, ${pairOf(rowsAre, r).key}, sequence);`) : ''}
    seenBits |= dot(vec4u(seen${j}) * vec4u(1u, 2u, 4u, 8u), vec4u(1u)) << ${4 * j}u;
  }`,
  )}`;
}

/** Remembers for each row whether it saw anything, and whether anything that it saw is no finite number. After all loads of a sub-tile. */
export const rememberUnusual = (tile: Tile): string => `
  sawBits |= seenBits;
  let unusualRows = atomicLoad(&unusualOther[turn]);
  if ((unusualRows | unusualPairs) != 0u) {
    ${each(
      tile.columns / tile.columnThreads,
      (j) => `{
      let isRow = ((unusualRows >> (columnThread + ${j * tile.columnThreads}u)) & 1u) == 1u;
      spoiledBits |= (seenBits >> ${4 * j}u) & select((unusualPairs >> ${4 * j}u) & 15u, 15u, isRow);
    }`,
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
