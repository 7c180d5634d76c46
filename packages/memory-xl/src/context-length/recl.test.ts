import { describe, expect, it } from 'vitest';
import { type LossesAt, relativeEffectiveContextLength } from './recl.ts';

describe('relativeEffectiveContextLength', () => {
  it('counts only what improves on the group: a model that is bad at short contexts gains nothing by it', async () => {
    const good: LossesAt = () => [1, 2];
    const late: LossesAt = (context) => [9 - Math.min(7.9, context / 10), 9];
    const { good: strong, late: weak } = await relativeEffectiveContextLength({ models: { good, late }, step: 10, longest: 100 });
    expect([strong?.length, weak?.length]).toEqual([10, 10]);
    const alone = await relativeEffectiveContextLength({ models: { late }, step: 10, longest: 100 });
    expect(alone['late']?.length).toBe(80); // 7.9 nats, a tenth for each token
  });

  it('is the definition: the gain is the fall of the perplexity, over the positions that the group finds hardest', async () => {
    // At 5 tokens the least losses are 3, 1, 2 and 4: the harder half are the positions 3 and 0.
    const a: LossesAt = (context) => (context === 5 ? [3, 1, 2.5, 4] : [2, 0.1, 0.1, 5]);
    const b: LossesAt = (context) => (context === 5 ? [3.5, 2, 2, 4.5] : [3.2, 0, 0, 3.9]);
    const found = await relativeEffectiveContextLength({ models: { a, b }, step: 5, ratio: 0.5, longest: 10 });
    expect(found['a']?.gains[0]?.gain).toBeCloseTo(1 - Math.exp((2 + 4) / 2 - (3 + 4) / 2), 12);
    expect(found['b']?.gains[0]?.gain).toBeCloseTo(1 - Math.exp((3 + 3.9) / 2 - (3 + 4) / 2), 12);
    expect(found['a']).toMatchObject({ length: 10, bounded: true, gains: [{ short: 5, long: 10 }] });
  });

  it('a gain just below the threshold ends it, one just above does not', async () => {
    const falls =
      (by: number): LossesAt =>
      (context) => [3 - (by * (context - 5)) / 5];
    const at = async (gain: number) =>
      (await relativeEffectiveContextLength({ models: { m: falls(-Math.log(1 - gain)) }, step: 5, longest: 40 }))['m'];
    expect(await at(0.0099)).toMatchObject({ length: 5, bounded: false });
    expect(await at(0.0101)).toMatchObject({ length: 40, bounded: true });
  });

  it('calls each model once at each context length', async () => {
    const lengths: number[] = [];
    await relativeEffectiveContextLength({
      models: {
        m: (context) => {
          lengths.push(context);
          return [5 - context / 10];
        },
      },
      start: 3,
      step: 4,
      longest: 20,
    });
    expect(lengths).toEqual([3, 7, 11, 15, 19]);
  });

  it('rejects losses of other positions, and fractions out of range', async () => {
    await expect(relativeEffectiveContextLength({ models: { a: () => [1], b: () => [1, 2] }, step: 5, longest: 20 })).rejects.toThrow(
      [
        'relativeEffectiveContextLength: all models must return a loss for each of the same positions.',
        '  expected  one loss for each position, equally many from each model',
        '  got       a: 1, b: 2',
        '  remedy    compare the models at the same tokens of the same text, each with enough text before it.',
      ].join('\n'),
    );
    await expect(relativeEffectiveContextLength({ models: { a: () => [1] }, step: 5, longest: 20, ratio: 0 })).rejects.toThrow(
      'ratio must be in (0, 1].',
    );
  });

  it.each<[string, unknown, string]>([
    ['holes', new Array(2), 'what models.b gives must be a list.'],
    ['one hole', Object.assign(new Array(2), [1]), 'what models.b gives must be a list.'],
    ['undefined', [1, undefined], 'loss 1 that models.b gives must be a finite number.'],
    ['NaN', Float32Array.of(Number.NaN, 1), 'loss 0 that models.b gives must be a finite number.'],
    ['a text', [1, '2'], 'loss 1 that models.b gives must be a finite number.'],
    ['no list', 3, 'what models.b gives must be a list.'],
  ])('rejects losses with %s, from the first context or a later one', async (_, wrong, problem) => {
    for (const from of [5, 10]) {
      const models = { a: () => [1, 2], b: (context: number) => (context < from ? [1, 2] : (wrong as number[])) };
      await expect(relativeEffectiveContextLength({ models, step: 5, longest: 20 })).rejects.toThrow(
        `relativeEffectiveContextLength: ${problem}`,
      );
    }
  });

  it('rejects a group of no models', async () => {
    await expect(relativeEffectiveContextLength({ models: {}, step: 5, longest: 20 })).rejects.toThrow(
      'models must hold at least one model.',
    );
  });
});
