import { createKey, padding, paddingOfLengths } from '@longspan/core-tensor';
import { ConfigError, ShapeError } from '@longspan/core-tensor/error';
import { expectClose, onBackends } from '@longspan/tooling/expect';
import { concat, dispose, slice, type Tensor, tensor3d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { draw, expectGradients, lively } from '../../test/random.ts';
import { hat, hatSchedule } from './hat.ts';
import { hatLayer } from './hat-layer.ts';

const both = { sentence: true, document: true };
const sizes = { width: 6, heads: 2, innerWidth: 8, segmentLength: 4, maxSegments: 5 };

/** Which tokens of the first batch row differ. */
async function differing(one: Tensor, other: Tensor): Promise<number[]> {
  const [a, b] = [(await one.array()) as number[][][], (await other.array()) as number[][][]];
  return (a[0] as number[][]).flatMap((row, at) => (row.some((value, feature) => value !== b[0]?.[at]?.[feature]) ? [at] : []));
}

async function changed(x: Tensor, at: number): Promise<Tensor> {
  const rows = (await x.array()) as number[][][];
  (rows[0] as number[][])[at] = [4, -3, 2, 1, -5, 6];
  return tensor3d(rows);
}

onBackends('hatLayer', () => {
  it('a sentence encoder stays within segments; a document encoder moves first tokens only', async () => {
    const x = draw('x', [1, 12, 6]);
    const expected = [
      [{ sentence: true, document: false }, 5, [4, 5, 6, 7]],
      [{ sentence: false, document: true }, 4, [0, 4, 8]],
      [{ sentence: false, document: true }, 5, [5]],
      [{ sentence: true, document: true }, 5, [0, 4, 5, 6, 7, 8]],
    ] as const;
    for (const [encoders, token, tokens] of expected) {
      const layer = hatLayer({ ...sizes, ...encoders });
      const parameters = lively(layer.init);
      const [before, after] = [layer.apply(parameters, x), layer.apply(parameters, await changed(x, token))];
      expect(await differing(before, after)).toEqual(tokens);
      dispose([Object.values(parameters), before, after]);
    }
    x.dispose();
  });

  it('padding changes no token, nor do segments of it', async () => {
    const layers = hat({ ...sizes, schedule: hatSchedule('interleaved', { sentences: 2, documents: 2 }) });
    const parameters = lively(layers.init);
    const x = draw('x', [1, 8, 6]);
    const six = paddingOfLengths([6], 12);
    const padded = concat([slice(x, [0, 0, 0], [1, 6, 6]), draw('pads', [1, 6, 6])], 1);
    const long = layers.apply(parameters, padded, { padding: six }).hidden;
    const short = layers.apply(parameters, slice(padded, [0, 0, 0], [1, 8, 6]), { padding: paddingOfLengths([6], 8) }).hidden;
    expectClose(await slice(long, [0, 0, 0], [1, 6, 6]).data(), await slice(short, [0, 0, 0], [1, 6, 6]).data(), {
      atol: 1e-6,
      rtol: 1e-5,
    });
    dispose([x, padded, long, short, Object.values(parameters)]);
  });

  it('fills a last segment that is not full up with padding', async () => {
    const layers = hat({ ...sizes, schedule: hatSchedule('interleaved', { sentences: 2, documents: 2 }) });
    const parameters = lively(layers.init);
    const x = draw('x', [2, 10, 6]);
    const padded = concat([x, draw('pads', [2, 2, 6])], 1);
    for (const lengths of [undefined, [10, 7]]) {
      const short = layers.apply(parameters, x, lengths === undefined ? {} : { padding: paddingOfLengths(lengths) });
      const long = layers.apply(parameters, padded, { padding: paddingOfLengths(lengths ?? [10, 10], 12) });
      for (const [at, each] of short.states.entries()) {
        expect(each.shape).toEqual([2, 10, 6]);
        const expected = slice(long.states[at] as Tensor, [0, 0, 0], [2, 10, 6]);
        const real = lengths === undefined ? [60, 60] : [60, 42];
        for (const row of [0, 1]) {
          const [one, other] = [each, expected].map((of) => slice(of, [row, 0, 0], [1, 10, 6])) as [Tensor, Tensor];
          const [found, wanted] = [await one.data(), await other.data()];
          expectClose(found.slice(0, real[row]), wanted.slice(0, real[row]), { atol: 1e-6, rtol: 1e-5 });
          dispose([one, other]);
        }
        expected.dispose();
      }
      dispose([short.states as Tensor[], long.states as Tensor[]]);
    }
    dispose([x, padded, Object.values(parameters)]);
  });

  it('has the gradients of its input and parameters', async () => {
    const layer = hatLayer({ ...sizes, ...both });
    const all = lively(layer.init);
    const names = [
      'sentence_encoder.attention.self.query.weight',
      'document_encoder.attention.self.value.weight',
      'position_embeddings.weight',
    ];
    const selected = Object.fromEntries([...names, 'document_encoder.output.LayerNorm.weight'].map((name) => [name, all[name] as Tensor]));
    // No segment is all padding: there gradients are the reference's, and not those of the output (roberta-layer.test.ts).
    const padded = padding([[1, 1, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1]]);
    // paddingIndex beyond the places in use: row 0 of the table would get no gradient although it moves the output.
    const whole = hatLayer({ ...sizes, ...both, paddingIndex: 5 });
    await expectGradients(({ x, ...rest }) => whole.apply({ ...all, ...rest }, x as Tensor, { padding: padded }), {
      ...selected,
      x: draw('x', [1, 12, 6]),
    });
    dispose(Object.values(all));
  });
});

describe('hatSchedule', () => {
  const documents = (...[kind, counts]: Parameters<typeof hatSchedule>): string =>
    hatSchedule(kind, counts)
      .map(({ sentence, document }) => (sentence ? 's' : '') + (document ? 'd' : ''))
      .join(' ');

  it('puts encoders across segments where the paper does', () => {
    expect(documents('interleaved', { sentences: 6, documents: 2 })).toBe('s s sd s s sd');
    expect(documents('interleaved', { sentences: 5, documents: 3 })).toBe('s sd s sd sd');
    expect(documents('early', { sentences: 4, documents: 2 })).toBe('sd sd s s');
    expect(documents('late', { sentences: 4, documents: 2 })).toBe('s s sd sd');
    expect(documents('adHoc', { sentences: 2, documents: 3 })).toBe('s s d d d');
    expect(() => hatSchedule('late', { sentences: 1, documents: 2 })).toThrow(ConfigError);
  });
});

describe('the errors of HAT', () => {
  it('say how many segments fit', () => {
    const layer = hatLayer({ ...sizes, ...both });
    const parameters = layer.init(createKey(0));
    const run = (length: number) => () => layer.apply(parameters, draw('x', [1, length, 6]));
    expect(run(21)).toThrow(
      new ConfigError({
        caller: 'hatLayer',
        problem: 'every segment must have a place.',
        expected: 'at most 5 segments  (maxSegments)',
        got: '6',
        remedy: 'cut the text, or make the layer with more.',
      }),
    );
    const wrong = { padding: paddingOfLengths([3], 7) };
    expect(() => layer.apply(parameters, draw('x', [1, 8, 6]), wrong)).toThrow(ShapeError);
    expect(() => hatLayer({ ...sizes, sentence: false, document: false })).toThrow(ConfigError);
    dispose(Object.values(parameters));
  });
});
