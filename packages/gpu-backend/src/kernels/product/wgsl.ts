import { component, each } from '../../wgsl/program-text.ts';
import { mainOfRow } from '../../wgsl/workgroup.ts';
import type { Finish } from './finish.ts';
import type { Operand } from './operand.ts';
import { columnsOf, depth, rowsOf, type Tile, threadsOf } from './tile.ts';

const vectorsDeep = depth / 4;

interface Side {
  readonly name: 'a' | 'b';
  readonly operand: Operand;
  /** vec4s of its rows in workgroup memory, for each column. */
  readonly vectors: number;
}

/** A tile of products, whose depth so many slices of threads share. */
interface Sliced {
  readonly tile: Tile;
  readonly slices: number;
}

/** Rows and vec4s of columns that each thread adds up. */
const ownRows = ({ rowVectors }: Tile): number => 4 * rowVectors;

/** Blocks of 4 x 4 numbers, which the threads load. */
const blocksOf = ({ vectors }: Side): number => vectors * vectorsDeep;

/**
 * Where a vec4 of rows lies in workgroup memory: turned by its column, so that threads that write blocks of 4 x 4 side by side, four columns
 * apart, write to different banks.
 */
const placed = ({ name, vectors }: Side, column: string, vector: string, columnVector: string): string =>
  `tiles[${name}Tile + (${column}) * ${vectors}u + ${vectors >= 8 ? `((${vector}) ^ (2u * (${columnVector})))` : vector}]`;

const fragments = (task: number): string => each(4, (at) => `var fragment${task}_${at} = vec4f();`);

/** Reads a block of 4 x 4 numbers from memory into registers: what lies outside is 0. */
function loaded({ name, operand, vectors }: Side, task: number, block: string, from: string): string {
  const position = operand.isDepthAlongRows
    ? `let deep = ${from} / 4u + ${block} % ${vectorsDeep}u; let row = ${name}Own + 4u * (${block} / ${vectorsDeep}u); let vector = deep;`
    : `let row = ${from} + 4u * (${block} / ${vectors}u); let vector = ${name}Own / 4u + ${block} % ${vectors}u;`;
  return `${position}
      let left = select(0u, u.${name}Rows, 4u * vector < u.${name}Columns);
      ${each(4, (at) => `fragment${task}_${at} = select(vec4f(), ${name}Read(u.${name}First + row + ${at}u, u.${name}FirstVector + vector), row + ${at}u < left);`)}`;
}

/** Writes it to workgroup memory as vec4s of rows. */
function kept(side: Side, task: number, block: string): string {
  const { operand, vectors } = side;
  const [deep, vector] = operand.isDepthAlongRows
    ? [`${block} % ${vectorsDeep}u`, `${block} / ${vectorsDeep}u`]
    : [`${block} / ${vectors}u`, `${block} % ${vectors}u`];
  return `let deep = ${deep}; let vector = ${vector};
      ${each(4, (at) => {
        const numbers = operand.isDepthAlongRows
          ? `vec4f(${[0, 1, 2, 3].map((row) => `fragment${task}_${row}.${component(at)}`).join(', ')})`
          : `fragment${task}_${at}`;
        return `${placed(side, `4u * deep + ${at}u`, 'vector', 'deep')} = ${numbers};`;
      })}`;
}

/** Does something with each block of both sides, a task for each thread after the other. */
function eachBlock(sides: readonly [Side, Side], threads: number, act: (side: Side, task: number, block: string) => string): string {
  const [a, b] = sides;
  const ofA = blocksOf(a);
  return each(Math.ceil((ofA + blocksOf(b)) / threads), (task) => {
    const first = task * threads;
    const inA = `{ let block = lane + ${first}u; ${act(a, task, 'block')} }`;
    const inB = `{ let block = lane + ${first}u - ${ofA}u; ${act(b, task, 'block')} }`;
    if (first + threads <= ofA) return inA;
    return first >= ofA ? inB : `if (lane < ${ofA - first}u) ${inA} else ${inB}`;
  });
}

/** What only the workgroups of the first tile of columns do. */
const ofFirst = (text: string): string => `if (bOwn == 0u) { ${text} }`;

/** Each thread adds up four rows' numbers of some of the columns in workgroup memory; in blocks, for errors grow with the longest chain. */
const addedOfA = (side: Side, threads: number): string => {
  const step = threads / side.vectors;
  return ofFirst(`
      for (var column = lane / ${side.vectors}u; column < ${depth}u; column += ${step}u) { block += ${placed(side, 'column', `(lane % ${side.vectors}u)`, 'column / 4u')}; }
      if (passed % 512u == 0u) { blocks += block; block = vec4f(); }
    `);
};

/** What the threads of all slices have of four rows, added up. */
const finishedSumsOfA = ({ vectors }: Side, threads: number): string =>
  ofFirst(`
    workgroupBarrier();
    tiles[t] = blocks + block;
    workgroupBarrier();
    if (t < ${vectors}u && aOwn + 4u * t < u.rows) {
      var sum = tiles[t];
      for (var other = t + ${vectors}u; other < ${threads}u; other += ${vectors}u) { sum += tiles[other]; }
      finishSums(aOwn / 4u + t, sum);
    }
  `);

/** Where a slice hands its sums to the first one. */
const handed = (sum: number, slice: string, { tile, slices }: Sliced): string =>
  `tiles[(${sum * (slices - 1)}u + ${slice} - 1u) * ${threadsOf(tile)}u + lane]`;

/** The slices' sums, added up by the first one in their order. */
const joinedSums = (sliced: Sliced): string => {
  const { columnVectors } = sliced.tile;
  const eachSum = (text: (name: string, nth: number) => string): string =>
    each(ownRows(sliced.tile) * columnVectors, (nth) => text(`sum${Math.floor(nth / columnVectors)}_${nth % columnVectors}`, nth));
  return `workgroupBarrier();
  if (slice > 0u) { ${eachSum((name, nth) => `${handed(nth, 'slice', sliced)} = ${name};`)} }
  workgroupBarrier();
  ${each(sliced.slices - 1, (other) => eachSum((name, nth) => `${name} += ${handed(nth, `${other + 1}u`, sliced)};`))}`;
};

/**
 * Products of the rows of a with the rows of b. The blocks that come next are loaded into registers while those in workgroup memory are
 * multiplied.
 */
export function productText(tile: Tile, slices: number, a: Operand, b: Operand, finish: Finish): string {
  const { rowThreads, columnThreads, rowVectors, columnVectors } = tile;
  const sides: readonly [Side, Side] = [
    { name: 'a', operand: a, vectors: rowsOf(tile) / 4 },
    { name: 'b', operand: b, vectors: columnsOf(tile) / 4 },
  ];
  const [sideA, sideB] = sides;
  const threads = threadsOf(tile);
  const tasks = Math.ceil((blocksOf(sideA) + blocksOf(sideB)) / threads);
  const sliceVectors = depth * (sideA.vectors + sideB.vectors);
  return `${a.code('a')}
${b.code('b')}
${finish.code}
var<workgroup> tiles: array<vec4f, ${slices * sliceVectors}>;
var<private> part: u32;
${mainOfRow(slices * threads)}
  let across = (u.columns + ${columnsOf(tile) - 1}u) / ${columnsOf(tile)}u;
  let down = (u.rows + ${rowsOf(tile) - 1}u) / ${rowsOf(tile)}u;
  let ownPart = group / (across * down);
  if (ownPart >= u.parts) { return; }
  part = ownPart; // for what is stored; barriers ask for what the workgroup shares
  let aOwn = (group / across) % down * ${rowsOf(tile)}u;
  let bOwn = group % across * ${columnsOf(tile)}u;
  let slice = t / ${threads}u;
  let lane = t % ${threads}u;
  let aTile = slice * ${sliceVectors}u;
  let bTile = aTile + ${depth * sideA.vectors}u;
  let rowThread = lane / ${columnThreads}u;
  let columnThread = lane % ${columnThreads}u;
  ${each(ownRows(tile), (row) => each(columnVectors, (vector) => `var sum${row}_${vector} = vec4f();`))}
  ${finish.hasSums ? 'var block = vec4f(); var blocks = vec4f();' : ''}
  ${each(tasks, fragments)}
  let first = (ownPart * ${slices}u + slice) * u.sliceDepth;
  for (var passed = 0u; ; passed += ${depth}u) {
    if (passed < u.sliceDepth) {
      let place = first + passed;
      ${eachBlock(sides, threads, (side, task, block) => loaded(side, task, block, 'place'))}
    }
    if (passed > 0u) {
    for (var column = 0u; column < ${depth}u; column++) {
      let deep = column / 4u;
      ${each(rowVectors, (row) => `let a${row} = ${placed(sideA, 'column', `rowThread + ${row * rowThreads}u`, 'deep')};`)}
      ${each(columnVectors, (vector) => `let b${vector} = ${placed(sideB, 'column', `columnThread + ${vector * columnThreads}u`, 'deep')};`)}
      ${each(ownRows(tile), (row) =>
        each(columnVectors, (vector) => `sum${row}_${vector} += a${Math.floor(row / 4)}.${component(row % 4)} * b${vector};`),
      )}
    }
    ${finish.hasSums ? addedOfA(sideA, threads) : ''}
    }
    if (passed >= u.sliceDepth) { break; }
    workgroupBarrier();
    ${eachBlock(sides, threads, kept)}
    workgroupBarrier();
  }
  ${slices > 1 ? joinedSums({ tile, slices }) : ''}
  ${each(
    ownRows(tile),
    (row) => `{ let row = aOwn + 4u * (rowThread + ${Math.floor(row / 4) * rowThreads}u) + ${row % 4}u;
  if (row < u.rows && slice == 0u) { ${each(
    columnVectors,
    (vector) => `{ let vector = bOwn / 4u + columnThread + ${vector * columnThreads}u;
    if (4u * vector < u.columns) { finish(row, vector, sum${row}_${vector}); } }`,
  )} } }`,
  )}
  ${finish.hasSums ? finishedSumsOfA(sideA, slices * threads) : ''}
}`;
}
