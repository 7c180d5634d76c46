import { paper, type Racer } from './racer.ts';
import { sizesOf } from './racer-sizes.ts';

/** Those that carry a memory from segment to segment. */
export const memoryRacers: readonly Racer[] = [
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
];
