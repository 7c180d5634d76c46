import { paper, type Racer } from './racer.ts';

const sparse = '@longspan/attention-sparse';

/** All pairs, in two ways. The first is what the others are compared with. */
export const fullRacers: readonly Racer[] = [
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
];
