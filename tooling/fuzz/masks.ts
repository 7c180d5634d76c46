import { cost, maskFromJSON } from '@longspan/attention-sparse';
import fc, { type Arbitrary } from 'fast-check';
import { anySerialisable } from '../arbitrary/index.ts';
import { type Family, family } from './family.ts';

type Tree = unknown;

const kinds = [
  'causal',
  'slidingWindow',
  'and',
  'or',
  'not',
  'perHead',
  'perBatch',
  'documents',
  'keyPadding',
  'keysAt',
  'segments',
  'gridTiles',
  'bigbird',
  'prefix',
];
const fields = [
  'of',
  'left',
  'right',
  'size',
  'stride',
  'positions',
  'ids',
  'lengths',
  'shape',
  'length',
  'queries',
  'keys',
  'from',
  'to',
  'randomBlocks',
];

/** Records with the words of masks, and anything in them. */
const worded: Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.integer({ min: -3, max: 40 }), fc.double(), fc.constantFrom(null, '', 'a', true, 2 ** 53, -1)),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc
      .tuple(fc.constantFrom(...kinds), fc.dictionary(fc.constantFrom(...fields), tie('tree'), { maxKeys: 4 }))
      .map(([kind, rest]) => ({ kind, ...rest })),
  ),
})).tree;

const valid: Arbitrary<Tree> = anySerialisable.map((mask) => mask.toJSON());

/** One value of a tree in the place of another. */
const mutated: Arbitrary<Tree> = fc.tuple(valid, fc.nat(60), worded).map(([tree, at, value]) => {
  let place = 0;
  const copy = (each: Tree): Tree => {
    if (place++ === at) return value;
    if (Array.isArray(each)) return each.map(copy);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([name, field]) => [name, copy(field)]));
  };
  return copy(tree);
});

const deep: Arbitrary<Tree> = fc
  .tuple(fc.integer({ min: 1, max: 3000 }), fc.constantFrom('not', 'and', 'or', 'perHead', 'list'))
  .map(([levels, kind]) => {
    let tree: Tree = { kind: 'causal' };
    for (let level = 0; level < levels; level++) tree = kind === 'list' ? [tree] : { kind, of: kind === 'not' ? tree : [tree] };
    return kind === 'list' ? { kind: 'globalTokens', positions: tree } : tree;
  });

const wide: Arbitrary<Tree> = fc
  .tuple(fc.integer({ min: 1, max: 300 }), fc.constantFrom('and', 'or', 'perHead', 'perBatch'), valid)
  .map(([count, kind, of]) => ({ kind, of: new Array(count).fill(of) }));

const exploding: Arbitrary<Tree> = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })).map(([heads, rows]) => {
  const windows = (count: number): Tree[] => Array.from({ length: count }, (_, left) => ({ kind: 'slidingWindow', left, right: 0 }));
  return {
    kind: 'and',
    of: [
      { kind: 'perHead', of: windows(heads) },
      { kind: 'perBatch', of: windows(rows) },
    ],
  };
});

/** Trees of masks, right and wrong: read, named, written again, and their layout counted. */
export const maskTrees: Family = family(
  'mask JSON',
  fc.oneof({ weight: 4, arbitrary: valid }, { weight: 6, arbitrary: mutated }, { weight: 4, arbitrary: worded }, deep, wide, exploding),
  (tree) => {
    const mask = maskFromJSON(tree);
    return [mask.name.length, JSON.stringify(mask.toJSON()).length, cost(mask, { queryLength: 48, blockSize: 16 }).visitedBlocks];
  },
);
