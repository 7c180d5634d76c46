import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracy } from './accuracy.ts';
import { answerScores } from './answer-scores.ts';
import { averagePrecision } from './average-precision.ts';
import { bitsPerByte } from './bits-per-byte.ts';
import { bitsPerCharacter } from './bits-per-character.ts';
import { classificationReport } from './classification-report.ts';
import { hitsAtK } from './hits-at-k.ts';
import { meanIoU } from './mean-iou.ts';
import { meanReciprocalRank } from './mean-reciprocal-rank.ts';
import type { Metric } from './metric.ts';
import { ndcg } from './ndcg.ts';
import { normalizeAnswer } from './normalize-answer.ts';
import { perplexity } from './perplexity.ts';
import { recallAtK } from './recall-at-k.ts';
import { wordPerplexity } from './word-perplexity.ts';

const measured = <Batch, Value>(metric: Metric<Batch, Value>, ...batches: readonly Batch[]): Value => {
  for (const batch of batches) metric.add(batch);
  return metric.value();
};

describe('metrics of losses', () => {
  // Three tokens of 1, 2 and 5 bits; 'naïve 鯨' has 7 characters, 10 bytes and 2 words.
  const losses = [1, 2, 5].map((bits) => bits * Math.LN2);

  it('divide by what the text has, worked by hand', () => {
    expect(measured(bitsPerByte(), { losses, text: 'naïve 鯨' })).toBeCloseTo(8 / 10, 12);
    expect(measured(bitsPerCharacter(), { losses, text: 'naïve 鯨' })).toBeCloseTo(8 / 7, 12);
    expect(measured(wordPerplexity(), { losses, text: 'naïve 鯨' })).toBeCloseTo(2 ** 4, 12);
    expect(measured(perplexity(), { losses })).toBeCloseTo(2 ** (8 / 3), 12);
  });

  it('take counts in place of a text, several texts, and a mask', () => {
    expect(measured(bitsPerByte(), { losses, mask: [1, 0, 1], bytes: 12 })).toBeCloseTo(6 / 12, 12);
    expect(measured(bitsPerCharacter(), { losses, text: ['🐋', 'ab'] })).toBeCloseTo(8 / 3, 12);
    expect(measured(perplexity(), { losses, mask: [1, 0, 0] })).toBeCloseTo(2, 12);
  });

  it('pool batches, and are NaN before the first', () => {
    expect(perplexity().value()).toBeNaN();
    expect(measured(perplexity(), { losses: [Math.log(2)] }, { losses: [Math.log(8), Math.log(8)] })).toBeCloseTo(2 ** (7 / 3), 12);
  });

  it('say what a batch must be, and keep a refused one out', () => {
    const metric = bitsPerByte();
    metric.add({ losses: [Math.LN2], bytes: 1 });
    expect(() => metric.add({ losses: [1], text: 'a', bytes: 1 })).toThrow(
      [
        'bitsPerByte.add: either text or bytes must be given.',
        '  expected  { losses, text }, or { losses, bytes }',
        '  got       both',
        '  remedy    give the text that the losses are of, or how many bytes it has.',
      ].join('\n'),
    );
    expect(() => metric.add({ losses: [1, Number.NaN], bytes: 1 })).toThrow('bitsPerByte.add: losses must hold finite numbers.');
    expect(() => metric.add({ losses: [1, 2], mask: [1], bytes: 1 })).toThrow('bitsPerByte.add: mask must be as many as losses.');
    expect(metric.value()).toBe(1);
  });
});

describe('metrics of classes', () => {
  // Class 0: 2 of 3 found, nothing else taken for it. Class 1: 1 of 1, and one taken for it. Class 2 never occurs.
  const batch = { labels: [0, 0, 0, 1], predictions: [0, 0, 1, 1] };

  it('are those worked by hand', () => {
    expect(measured(accuracy(), batch)).toBe(0.75);
    const { macroF1, macroPrecision, macroRecall, perClass, accuracy: part } = measured(classificationReport({ classes: 3 }), batch);
    expect(perClass[0]).toEqual({ precision: 1, recall: 2 / 3, f1: 0.8 });
    expect(perClass[1]?.f1).toBeCloseTo(2 / 3, 12);
    expect(perClass[2]).toEqual({ precision: 0, recall: 0, f1: 0 });
    expect([macroF1, macroPrecision, macroRecall, part].map((each) => Number(each.toFixed(6)))).toEqual([
      Number(((0.8 + 2 / 3) / 3).toFixed(6)),
      0.5,
      Number((5 / 9).toFixed(6)),
      0.75,
    ]);
    expect(measured(meanIoU({ classes: 3 }), batch)).toBeCloseTo((2 / 3 + 1 / 2) / 2, 12); // class 2 is in neither
  });

  it('leave out what the mask does, where labels are none', () => {
    const masked = { labels: [-100, 1], predictions: [0, 1], mask: [0, 1] };
    expect(measured(accuracy(), masked)).toBe(1);
    expect(measured(meanIoU({ classes: 2 }), masked)).toBe(1);
    expect(() => accuracy().add({ labels: [-100, 1], predictions: [0, 1] })).toThrow(
      'accuracy.add: labels and predictions must be classes',
    );
    expect(() => meanIoU({ classes: 2 }).add({ labels: [2], predictions: [0] })).toThrow(
      'meanIoU.add: labels and predictions must be classes.',
    );
  });

  it('do not depend on how elements are cut into batches', () => {
    const element = fc.record({ label: fc.nat(3), prediction: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(fc.array(element), { minLength: 1 }), (cut) => {
        const lists = (of: readonly { label: number; prediction: number }[]) => ({
          labels: of.map(({ label }) => label),
          predictions: of.map(({ prediction }) => prediction),
        });
        for (const make of [() => accuracy(), () => meanIoU({ classes: 4 })]) {
          expect(measured(make(), ...cut.map(lists))).toEqual(measured(make(), lists(cut.flat())));
        }
      }),
    );
  });
});

describe('metrics of rankings', () => {
  // The first query finds one of two at rank 2; the second finds both, at ranks 1 and 3; the third has none.
  const batch = { rankings: [[5, 1, 7], ['a', 'x', 'b'], [1]], relevant: [[1, 2], ['b', 'a'], []] };

  it('are those worked by hand', () => {
    expect(measured(meanReciprocalRank(), batch)).toBeCloseTo((1 / 2 + 1) / 3, 12);
    expect(measured(meanReciprocalRank({ k: 1 }), batch)).toBeCloseTo(1 / 3, 12);
    expect(measured(recallAtK({ k: 2 }), batch)).toBeCloseTo((1 / 2 + 1 / 2) / 3, 12);
    expect(measured(hitsAtK({ k: 2 }), batch)).toBeCloseTo(2 / 3, 12);
    const best = 1 + 1 / Math.log2(3);
    expect(measured(ndcg(), batch)).toBeCloseTo((1 / Math.log2(3) / best + (1 + 1 / 2) / best) / 3, 12);
    expect(measured(ndcg({ k: 2 }), batch)).toBeCloseTo((1 / Math.log2(3) / best + 1 / best) / 3, 12);
  });

  it('weigh degrees of relevance', () => {
    // Sakai's: gains 3, 1 and 2 at ranks 2, 1 and nowhere.
    const graded = { rankings: [[8, 9]], relevant: [[9, 8, 7]], gains: [[3, 1, 2]] };
    const best = 3 + 2 / Math.log2(3) + 1 / 2;
    expect(measured(ndcg(), graded)).toBeCloseTo((1 + 3 / Math.log2(3)) / best, 12);
    expect(() => ndcg().add({ ...graded, gains: [[3, 1]] })).toThrow('ndcg.add: gains[0] must be as many as relevant[0].');
    expect(() => recallAtK({ k: 1 }).add({ rankings: [[1, 1]], relevant: [[1]] })).toThrow('rankings[0] must hold each document once.');
  });

  it('put a perfect order at 1', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(50), { minLength: 1 }), fc.nat(9), (relevant, others) => {
        const ranking = [...relevant, ...Array.from({ length: others }, (_, at) => 100 + at)];
        const perfect = { rankings: [ranking], relevant: [[...relevant].reverse()] };
        expect(measured(ndcg(), perfect)).toBeCloseTo(1, 12);
        expect(measured(meanReciprocalRank(), perfect)).toBe(1);
        expect(measured(recallAtK({ k: relevant.length }), perfect)).toBe(1);
      }),
    );
  });
});

describe('average precision', () => {
  it('is what is worked by hand, equal scores passing together', () => {
    // Positives pass at ranks 1, 3 and 4: precisions 1, 2/3, 3/4.
    expect(measured(averagePrecision(), { scores: [9, 8, 7, 6, 5], labels: [1, 0, 1, 1, 0] })).toBeCloseTo((1 + 2 / 3 + 3 / 4) / 3, 12);
    // scikit-learn's documentation: [0, 0, 1, 1] at [0.1, 0.4, 0.35, 0.8] is 0.83.
    expect(measured(averagePrecision(), { scores: [0.1, 0.4, 0.35, 0.8], labels: [0, 0, 1, 1] })).toBeCloseTo(5 / 6, 12);
    expect(measured(averagePrecision(), { scores: [1, 1, 1, 1], labels: [1, 0, 0, 0] })).toBe(1 / 4);
    expect(measured(averagePrecision(), { scores: [1], labels: [0] })).toBeNaN();
  });

  it('depends neither on the order nor on the batches', () => {
    const element = fc.tuple(fc.nat(4), fc.nat(1));
    fc.assert(
      fc.property(fc.array(element, { minLength: 1 }), fc.nat(), (elements, at) => {
        const batch = (of: readonly (readonly [number, number])[]) => ({
          scores: of.map(([score]) => score),
          labels: of.map(([, label]) => label),
        });
        const cut = at % elements.length;
        const whole = measured(averagePrecision(), batch(elements));
        const again = measured(averagePrecision(), batch(elements.slice(cut)), batch(elements.slice(0, cut)));
        if (Number.isNaN(whole))
          expect(again).toBeNaN(); // no positive
        else expect(again).toBeCloseTo(whole, 12);
      }),
    );
  });
});

describe('metrics of answers', () => {
  it('normalise as SQuAD does', () => {
    expect(normalizeAnswer('  The cat, an  A-the\tB. ')).toBe('cat athe b');
    expect(normalizeAnswer('théa the_a a_b')).toBe('théa thea ab'); // punctuation goes before articles
  });

  it('take the best of the right answers, and the mean over questions', () => {
    const { exactMatch, f1 } = measured(
      answerScores(),
      { predictions: ['in Paris', 'yes'], answers: [['the city of Paris', 'Paris'], []] },
      { predictions: [''], answers: [[]] },
    );
    expect(exactMatch).toBeCloseTo(1 / 3, 12);
    expect(f1).toBeCloseTo((2 / 3 + 0 + 1) / 3, 12);
    expect(() => answerScores().add({ predictions: ['a'], answers: [] })).toThrow('answers must be as many as predictions.');
  });
});

it('documents by number may come as a typed list', () => {
  expect(measured(meanReciprocalRank(), { rankings: [[3, 1, 2]], relevant: [Int32Array.of(1) as never] })).toBe(1 / 2);
});
