import { createKey } from '@longspan/core-tensor';
import { ConfigError, ShapeError } from '@longspan/core-tensor/error';
import { expectClose, onBackends } from '@longspan/tooling/expect';
import { concat, dispose, slice, type Tensor, tensor3d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { draw, expectGradients, lively } from '../../test/random.ts';
import { hat, hatLayout } from './hat.ts';
import { hatLayer } from './hat-layer.ts';

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
      const layer = hatLayer(sizes, encoders);
      const parameters = lively(layer.init);
      const [before, after] = [layer.apply(parameters, { hidden: x }), layer.apply(parameters, { hidden: await changed(x, token) })];
      expect(await differing(before, after)).toEqual(tokens);
      dispose([Object.values(parameters), before, after]);
    }
    x.dispose();
  });

  it('padding changes no token, nor do segments of it', async () => {
    const layers = hat({ ...sizes, layout: hatLayout('interleaved', { sentences: 2, documents: 2 }) });
    const parameters = lively(layers.init);
    const x = draw('x', [1, 8, 6]);
    const mask = [[1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]];
    const padded = concat([slice(x, [0, 0, 0], [1, 6, 6]), draw('pads', [1, 6, 6])], 1);
    const long = layers.apply(parameters, { hidden: padded, mask }).at(-1) as Tensor;
    const short = layers
      .apply(parameters, { hidden: slice(padded, [0, 0, 0], [1, 8, 6]), mask: [[1, 1, 1, 1, 1, 1, 0, 0]] })
      .at(-1) as Tensor;
    expectClose(await slice(long, [0, 0, 0], [1, 6, 6]).data(), await slice(short, [0, 0, 0], [1, 6, 6]).data(), {
      atol: 1e-6,
      rtol: 1e-5,
    });
    dispose([x, padded, long, short, Object.values(parameters)]);
  });

  it('has the gradients of its input and parameters', async () => {
    const layer = hatLayer(sizes, { sentence: true, document: true });
    const all = lively(layer.init);
    const names = [
      'sentence_encoder.attention.self.query.weight',
      'document_encoder.attention.self.value.weight',
      'position_embeddings.weight',
    ];
    const chosen = Object.fromEntries([...names, 'document_encoder.output.LayerNorm.weight'].map((name) => [name, all[name] as Tensor]));
    // paddingIndex beyond the places in use: row 0 of the table would get no gradient although it moves the output.
    const whole = hatLayer({ ...sizes, paddingIndex: 5 }, { sentence: true, document: true });
    await expectGradients(
      ({ x, ...rest }) => whole.apply({ ...all, ...rest }, { hidden: x as Tensor, mask: [[1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1]] }),
      { ...chosen, x: draw('x', [1, 12, 6]) },
    );
    dispose(Object.values(all));
  });
});

describe('hatLayout', () => {
  const documents = (...[kind, counts]: Parameters<typeof hatLayout>): string =>
    hatLayout(kind, counts)
      .map(({ sentence, document }) => (sentence ? 's' : '') + (document ? 'd' : ''))
      .join(' ');

  it('puts encoders across segments where the paper does', () => {
    expect(documents('interleaved', { sentences: 6, documents: 2 })).toBe('s s sd s s sd');
    expect(documents('interleaved', { sentences: 5, documents: 3 })).toBe('s sd s sd sd');
    expect(documents('early', { sentences: 4, documents: 2 })).toBe('sd sd s s');
    expect(documents('late', { sentences: 4, documents: 2 })).toBe('s s sd sd');
    expect(documents('adHoc', { sentences: 2, documents: 3 })).toBe('s s d d d');
    expect(() => hatLayout('late', { sentences: 1, documents: 2 })).toThrow(ConfigError);
  });
});

describe('the errors of HAT', () => {
  it('say how to pad, and how many segments fit', () => {
    const layer = hatLayer(sizes, { sentence: true, document: true });
    const parameters = layer.init(createKey(0));
    const run = (length: number) => () => layer.apply(parameters, { hidden: draw('x', [1, length, 6]) });
    expect(run(6)).toThrow(
      new ShapeError({
        caller: 'hatLayer',
        problem: 'the tokens are not an integer of segments.',
        expected: '[b, n, c] with n a multiple of 4 (segmentLength)',
        got: '[1, 6, 6]',
        remedy: 'pad to 8 tokens, and mark the padding with 0 in mask.',
      }),
    );
    expect(run(24)).toThrow(ConfigError);
    expect(() => hatLayer(sizes, { sentence: false, document: false })).toThrow(ConfigError);
    dispose(Object.values(parameters));
  });
});
