import { presetIds, presetRacers } from './preset-racers.ts';

/** What the racers run on: sizes of one call. */
export interface RaceSizes {
  /** Tokens. */
  readonly length: number;
  readonly heads: number;
  readonly headDim: number;
  /** Whether no token attends to a later one. */
  readonly causal: boolean;
}

export type RacerGroup = 'Full attention' | 'A pattern known beforehand' | 'What the data choose' | 'Memory' | 'Presets of Pattern';

export interface Racer {
  readonly id: RacerId;
  readonly title: string;
  /** For a narrow plot. */
  readonly short: string;
  readonly group: RacerGroup;
  /** What it computes, with its sizes. */
  readonly says: string;
  /** What it should grow with. */
  readonly growth: string;
  readonly source: { readonly title: string; readonly href: string };
  /** Of those that are a mask: the expression that makes it. */
  readonly mask?: ((sizes: MaskSizes) => string) | undefined;
  /** Of the others: what a script imports, and how it makes a function of queries, keys and values. */
  readonly script?: ((sizes: Pick<RaceSizes, 'causal'>) => RacerScript) | undefined;
}

/** What an expression is made with: numbers of one length, or what a script computes from its `n`. */
export interface MaskSizes {
  readonly causal: boolean;
  /** About √n, a power of two. */
  readonly root: string;
  /** Blocks of 64. */
  readonly blocks: string;
  /** Random blocks for each: short sequences have no three to choose from. */
  readonly random: string;
}

export interface RacerScript {
  readonly imports: readonly (readonly [from: string, name: string])[];
  /** The body of a function of `{ n, q }`; it returns a function of (q, k, v). */
  readonly body: readonly string[];
}

export const racerIds = [
  'full',
  'table',
  'window',
  'longformer',
  'bigbird',
  'strided',
  'own',
  'local',
  'lsh',
  'moba',
  'nsa',
  'blocks',
  'topk',
  'routing',
  'memory',
  ...presetIds.map((id) => `pattern-${id}` as const),
] as const;
export type RacerId = (typeof racerIds)[number];

const paper = (title: string, number: string) => ({ title, href: `https://arxiv.org/abs/${number}` });
const sparse = '@longspan/attention-sparse';

/** The expression, with nothing but the past where that is wanted. */
const past = (expression: string, { causal }: MaskSizes): string => (causal ? `${expression}.and(causal())` : expression);

/** About the square root, a power of two: what makes a pattern of two parts cost n · √n. */
const root = (length: number): number => 2 ** Math.round(Math.log2(length) / 2);

export const masksAt = ({ length, causal }: Pick<RaceSizes, 'length' | 'causal'>): MaskSizes => ({
  causal,
  root: String(root(length)),
  blocks: String(length / 64),
  random: String(Math.min(3, length / 64 - 3)),
});

export const masksInScript = ({ causal }: Pick<RaceSizes, 'causal'>): MaskSizes => ({
  causal,
  root: '2 ** Math.round(Math.log2(n) / 2)',
  blocks: 'n / 64',
  random: 'Math.min(3, n / 64 - 3)',
});

/** Sizes that more than one place has to know. */
export const sizesOf = {
  window: 256,
  bucketSize: 128,
  chunkLength: 64,
  rounds: 2,
  blockSize: 64,
  mobaBlocks: 4,
  selectedBlocks: 8,
  topK: 64,
  segmentLength: 256,
  nsa: {
    compressionLength: 32,
    compressionStride: 16,
    selectionLength: 64,
    selectedBlocks: 8,
    window: { left: 255 },
  },
  clusters: root,
} as const;

/** All that may take part. The first is what the others are compared with. */
export const racers: readonly Racer[] = [
  {
    id: 'full',
    title: 'Full attention',
    short: 'Full',
    group: 'Full attention',
    says: 'Every query scores every key. Block by block, so no table of scores is ever there as a whole.',
    growth: 'n²',
    source: paper('FlashAttention, Dao 2022', '2205.14135'),
    mask: ({ causal }) => (causal ? 'causal()' : 'everything()'),
  },
  {
    id: 'table',
    title: 'Full, with its table of scores',
    short: 'Table',
    group: 'Full attention',
    says: 'As the formula is written: softmax(QKᵀ / √d) V with all n × n scores in memory, in tfjs’s own operations.',
    growth: 'n², in memory too',
    source: paper('Attention Is All You Need, Vaswani 2017', '1706.03762'),
    script: ({ causal }) => ({
      imports: [
        [sparse, 'denseAttention'],
        [sparse, causal ? 'causal' : 'everything'],
      ],
      body: [`return (q, k, v) => denseAttention(q, k, v, { mask: ${causal ? 'causal' : 'everything'}() }).out;`],
    }),
  },
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
  {
    id: 'lsh',
    title: 'LSH, 2 rounds',
    short: 'LSH',
    group: 'What the data choose',
    says: 'Tokens that hash alike attend to each other, in chunks of 64 and the one before. Queries and keys are one.',
    growth: 'n · log n',
    source: paper('Reformer, Kitaev 2020', '2001.04451'),
    script: ({ causal }) => ({
      imports: [
        ['@longspan/attention-lsh', 'bucketCountFor'],
        ['@longspan/attention-lsh', 'drawRotations'],
        ['@longspan/attention-lsh', 'lshAttention'],
        ['@longspan/core-tensor', 'createKey'],
      ],
      body: [
        `const bucketCount = bucketCountFor({ length: n, chunkLength: ${sizesOf.chunkLength} });`,
        `const rotations = drawRotations(createKey(1), { heads, headDim, rounds: ${sizesOf.rounds}, bucketCount });`,
        `return (q, _, v) => lshAttention(q, v, { chunkLength: ${sizesOf.chunkLength}, causal: ${causal}, rotations, bucketCount }).out;`,
      ],
    }),
  },
  {
    id: 'moba',
    title: 'MoBA',
    short: 'MoBA',
    group: 'What the data choose',
    says: 'Each query takes its own block of 64 keys and the three others whose mean key it likes most.',
    growth: 'n, and n² / 64 for the choice',
    source: paper('MoBA, Lu 2025', '2502.13189'),
    script: ({ causal }) => ({
      imports: [[sparse, 'mobaAttention']],
      body: [`return (q, k, v) => mobaAttention(q, k, v, { topK: ${sizesOf.mobaBlocks}, causal: ${causal} }).out;`],
    }),
  },
  {
    id: 'nsa',
    title: 'Native Sparse Attention',
    short: 'NSA',
    group: 'What the data choose',
    says: 'Compressed windows of the whole past, the 8 blocks that these find important, and a window of 256. Always causal.',
    growth: 'n, and n² / 16 for the overview',
    source: paper('NSA, Yuan 2025', '2502.11089'),
    script: () => ({
      imports: [
        [sparse, 'nsaAttention'],
        ['@longspan/core-tensor', 'createKey'],
        ['@longspan/core-tensor', 'normal'],
      ],
      body: [
        "const gates = normal(createKey('gates'), [1, heads, n, 3]);",
        'return (q, k, v) =>',
        '  nsaAttention(',
        '    q,',
        '    { compression: { k, v }, selection: { k, v }, sliding: { k, v }, gates },',
        `    { compressionLength: ${sizesOf.nsa.compressionLength}, compressionStride: ${sizesOf.nsa.compressionStride}, selectionLength: ${sizesOf.nsa.selectionLength}, selectedBlocks: ${sizesOf.nsa.selectedBlocks}, window: { left: ${sizesOf.nsa.window.left} } },`,
        '  ).out;',
      ],
    }),
  },
  {
    id: 'blocks',
    title: 'Top-k of blocks',
    short: 'Blocks',
    group: 'What the data choose',
    says: 'Each block of 64 queries takes the 8 blocks of keys that score highest with it, by their means; and the last 64 tokens if causal.',
    growth: 'n, and (n / 64)² for the choice',
    source: paper('SeerAttention, Gao 2024', '2410.13276'),
    script: ({ causal }) => ({
      imports: [[sparse, 'blockTopKAttention']],
      body: [`return (q, k, v) => blockTopKAttention(q, k, v, { topK: ${sizesOf.selectedBlocks}, causal: ${causal} }).out;`],
    }),
  },
  {
    id: 'topk',
    title: 'Top-k of keys',
    short: 'Top-k',
    group: 'What the data choose',
    says: 'Each query keeps the 64 keys of its highest scores. All have to be scored for that.',
    growth: 'n²',
    source: paper('Top-k attention, Gupta 2021', '2106.06899'),
    script: ({ causal }) => ({
      imports: [
        [sparse, 'topKAttention'],
        [sparse, causal ? 'causal' : 'everything'],
      ],
      body: [`return (q, k, v) => topKAttention(q, k, v, { topK: ${sizesOf.topK}, mask: ${causal ? 'causal' : 'everything'}() }).out;`],
    }),
  },
  {
    id: 'routing',
    title: 'Routing, √n clusters',
    short: 'Routing',
    group: 'What the data choose',
    says: 'Online k-means: tokens of one cluster attend to each other. If causal, queries and keys are one.',
    growth: 'n · √n',
    source: paper('Routing Transformer, Roy 2021', '2003.05997'),
    script: ({ causal }) => ({
      imports: [
        [sparse, 'routingAttention'],
        [sparse, 'routingCentroids'],
      ],
      body: [
        'const clusters = 2 ** Math.round(Math.log2(n) / 2);',
        'const centroids = routingCentroids(q, { clusters, iterations: 2 });',
        causal
          ? 'return (q, _, v) => routingAttention(q, q, v, { centroids, clusterSize: n / clusters, causal: true, sharedQueryKey: true }).out;'
          : 'return (q, k, v) => routingAttention(q, k, v, { centroids, clusterSize: n / clusters }).out;',
      ],
    }),
  },
  {
    id: 'memory',
    title: 'Transformer-XL',
    short: 'XL',
    group: 'Memory',
    says: 'Segments of 256 tokens, one after the other, each with the 255 before it as memory. A whole layer, with its projections. Always causal.',
    growth: 'n',
    source: paper('Transformer-XL, Dai 2019', '1901.02860'),
    script: () => ({
      imports: [
        ['@longspan/core-tensor', 'createKey'],
        ['@longspan/core-tensor', 'mergeHeads'],
        ['@longspan/core-tensor', 'stopGradient'],
        ['@longspan/memory-xl', 'relativeAttention'],
      ],
      body: [
        'const layer = relativeAttention({ width: heads * headDim, heads, headDim, window: { left: 255 } });',
        'const parameters = layer.init(createKey(1));',
        'return (q) => {',
        '  const x = mergeHeads(q);',
        `  const segment = (at) => tf.slice(x, [0, at * ${sizesOf.segmentLength}, 0], [1, ${sizesOf.segmentLength}, -1]);`,
        '  const memory = (at) => (at === 0 ? {} : { memory: stopGradient(segment(at - 1)) });',
        `  return tf.concat(Array.from({ length: n / ${sizesOf.segmentLength} }, (_, at) => layer.apply(parameters, segment(at), memory(at))), 1);`,
        '};',
      ],
    }),
  },
  ...presetRacers,
];

export const racerOf = (id: RacerId): Racer => racers.find((each) => each.id === id) as Racer;
