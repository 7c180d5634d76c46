import { type Accepted, bare, row, type Table } from '../row.ts';

type Batch = () => object;

/** A metric and what is added to it. */
const metricRow = (batches: readonly Batch[], options?: () => object, accepts?: Accepted) => ({
  ...(options === undefined ? bare : row([() => [options()]])),
  methods: { add: { calls: batches.map((batch) => () => [batch()]), accepts } },
});

const classified = () => ({ labels: [0, 1], predictions: [0, 1], mask: [1, 0] });
const ranked = () => ({ rankings: [[1, 2], ['a']], relevant: [[2], ['a', 'b']] });

/** Of losses over units of a text. */
const perUnit = (unit: string) =>
  metricRow([() => ({ losses: [1.5, 2], mask: [1, 0], text: ['ab c'] }), () => ({ losses: [1.5], [unit]: 3 })], undefined, {
    '0.text': ['text'],
    [`0.${unit}`]: ['2^53 - 1'],
  });

export const metricsTable: Table = {
  accuracy: metricRow([classified]),
  answerScores: metricRow([() => ({ predictions: ['a b'], answers: [['a', 'b']] })]),
  averagePrecision: metricRow([() => ({ scores: [0.5, 1.5], labels: [0, 1] })]),
  bitsPerByte: perUnit('bytes'),
  bitsPerCharacter: perUnit('characters'),
  classificationReport: metricRow([classified], () => ({ classes: 3 })),
  hitsAtK: metricRow([ranked], () => ({ k: 2 })),
  meanIoU: metricRow([classified], () => ({ classes: 3 })),
  meanReciprocalRank: metricRow([ranked], () => ({ k: 2 })),
  ndcg: metricRow([() => ({ ...ranked(), gains: [[1], [2, 1]] })], () => ({ k: 2 })),
  normalizeAnswer: row([() => ['The answer']], { '0': ['text'] }),
  perplexity: metricRow([() => ({ losses: [1.5, 2], mask: [1, 0] })]),
  recallAtK: metricRow([ranked], () => ({ k: 2 })),
  wordPerplexity: perUnit('words'),
};
