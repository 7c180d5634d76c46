import { type MaskSizes, paper, type Racer } from './racer.ts';
import { sizesOf } from './racer-sizes.ts';

const sparse = '@longspan/attention-sparse';

/** The expression, with nothing but the past where that is wanted. */
const past = (expression: string, { causal }: MaskSizes): string => (causal ? `${expression}.and(causal())` : expression);

/** Those that know which pairs they visit before they see any. */
export const patternRacers: readonly Racer[] = [
  {
    id: 'window',
    title: 'Window of 256',
    short: 'Window',
    group: 'A pattern known beforehand',
    says: 'A query sees the 255 tokens before it and itself; without causality 128 to either side.',
    growth: 'n',
    source: paper('Longformer, Beltagy 2020', '2004.05150'),
    mask: ({ causal }) =>
      causal
        ? `slidingWindow({ left: ${sizesOf.window - 1} })`
        : `slidingWindow({ left: ${sizesOf.window / 2}, right: ${sizesOf.window / 2} })`,
  },
  {
    id: 'longformer',
    title: 'Longformer',
    short: 'Longformer',
    group: 'A pattern known beforehand',
    says: 'A window of 256, and a first token that sees all and that all see.',
    growth: 'n',
    source: paper('Longformer, Beltagy 2020', '2004.05150'),
    mask: (sizes) => past('slidingWindow({ left: 128, right: 128 }).or(globalTokens([0]))', sizes),
  },
  {
    id: 'bigbird',
    title: 'BigBird',
    short: 'BigBird',
    group: 'A pattern known beforehand',
    says: 'Blocks of 64: the neighbours, the first one, and three at random for each.',
    growth: 'n',
    source: paper('BigBird, Zaheer 2020', '2007.14062'),
    mask: (sizes) =>
      past(
        `bigBird({ blockSize: 64, windowBlocks: 1, globalBlocks: [0], randomBlocks: randomBlocks(createKey(1), { queryBlocks: ${sizes.blocks}, perQueryBlock: ${sizes.random} }) })`,
        sizes,
      ),
  },
  {
    id: 'strided',
    title: 'Sparse Transformer',
    short: 'Sparse',
    group: 'A pattern known beforehand',
    says: 'The last √n tokens, and of those before every √n-th.',
    growth: 'n · √n, if single keys could be visited: here whole blocks of 64 are',
    source: paper('Sparse Transformer, Child 2019', '1904.10509'),
    mask: (sizes) => past(`slidingWindow({ left: ${sizes.root} }).or(strided({ stride: ${sizes.root} }))`, sizes),
  },
  {
    id: 'own',
    title: 'Your own mask',
    short: 'Own',
    group: 'A pattern known beforehand',
    says: 'The expression below, at every length as it stands.',
    growth: 'what its blocks are',
    source: paper('Generating Long Sequences, Child 2019', '1904.10509'),
  },
  {
    id: 'local',
    title: 'Local attention',
    short: 'Local',
    group: 'A pattern known beforehand',
    says: 'Buckets of 128 tokens: a query sees its own bucket and the one before, without causality the one after too.',
    growth: 'n',
    source: paper('Reformer §2, Kitaev 2020', '2001.04451'),
    script: ({ causal }) => ({
      imports: [[sparse, 'localAttention']],
      body: [`return (q, k, v) => localAttention(q, k, v, { bucketSize: ${sizesOf.bucketSize}, causal: ${causal} }).out;`],
    }),
  },
];
