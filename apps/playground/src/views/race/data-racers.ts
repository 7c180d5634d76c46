import { paper, type Racer } from './racer.ts';
import { sizesOf } from './racer-sizes.ts';

const sparse = '@longspan/attention-sparse';

/** Those whose pairs the data choose. */
export const dataRacers: readonly Racer[] = [
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
];
