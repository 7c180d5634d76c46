import { expect, it } from 'vitest';
import { ConfigError, errorsOf, FileError, requireKnown, ShapeError } from './index.ts';

it('requireKnown takes known options, and names the nearest of one that is not', () => {
  requireKnown('sparseAttention', {}, ['mask', 'scale']);
  requireKnown('sparseAttention', { scale: undefined, mask: 1 }, ['mask', 'scale']);
  expect(() => requireKnown('sparseAttention', { mask: 1, scael: 2 }, ['mask', 'scale', 'score'])).toThrow(
    new ConfigError({
      caller: 'sparseAttention',
      problem: 'every option must be one of those that sparseAttention knows.',
      expected: 'mask, scale, score',
      got: 'scael',
      remedy: 'did you mean scale? Else leave scael out.',
    }),
  );
  expect(() => requireKnown('everything', { all: true }, [])).toThrow('expected  no options');
});

it.each([
  ['is_causal', ['mask'], 'write mask: causal().'],
  ['windowSize', ['mask'], 'write mask: slidingWindow({ left, right }).'],
  ['windowSize', ['windows'], 'did you mean windows?'],
  ['attention_mask', ['padding'], 'write padding: padding(rows), rows being those of the mask: [[1, 1, 0]].'],
  ['LR', ['schedule'], 'write schedule: constantSchedule(0.001).'],
  ['learning_rate', ['schedule'], 'write schedule: constantSchedule(0.001).'],
])('requireKnown says how %s of other libraries is written where %j are known', (name, known, written) => {
  const elsewhere = { 'lr learningrate': 'schedule: constantSchedule(0.001)' };
  expect(() => requireKnown('some', { [name]: 1 }, known, elsewhere)).toThrow(`  remedy    ${written} Else leave ${name} out.`);
});

it('requireKnown says where a mask belongs, and rejects what is not a record', () => {
  const mask = { name: 'causal()', allows: () => true, cover: () => 'all' };
  expect(() => requireKnown('attend', mask as object, ['mask', 'scale'])).toThrow(
    'attend: a mask must be given as an option.\n' +
      '  expected  { mask }\n' +
      '  got       the mask itself: causal()\n' +
      '  remedy    give { mask }.',
  );
  expect(() => requireKnown('attend', 64 as unknown as object, ['mask', 'scale'])).toThrow(
    'attend: options must be given as a record.\n' +
      '  expected  { mask, scale }\n' +
      '  got       64\n' +
      '  remedy    write { mask: … }.',
  );
});

it('errorsOf makes each kind of error in the name of one function', () => {
  const reason = { problem: 'it must fit.', expected: '1', got: '2', remedy: 'give 1.' };
  const { config, shape, file } = errorsOf('layer');
  expect([config(reason), shape(reason), file(reason)]).toEqual(
    [ConfigError, ShapeError, FileError].map((Kind) => new Kind({ caller: 'layer', ...reason })),
  );
});

it('requireKnown says of options that stand on a prototype how to give them', () => {
  class Defaults {
    readonly rate = 1;
  }
  for (const options of [Object.create({ width: 1, rate: 1 }) as object, new Defaults()]) {
    const call = (): void => requireKnown('f', options, ['width', 'rate']);
    expect(call).toThrow('f: options must be given as a record.');
    expect(call).toThrow('}, an object with fields on its prototype');
    expect(call).toThrow(
      'remedy    write its fields out: { width: options.width, … }; those of a prototype are lost where options are copied.',
    );
  }
});
