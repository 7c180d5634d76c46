import {
  ConfigError,
  chain,
  createKey,
  type Key,
  linear,
  normal,
  type Parameters,
  padding,
  paddingOfLengths,
  residual,
} from '@longspan/core-tensor';
import { recomputedLayer } from '@longspan/reversible';
import { below, definedLayer, expectClose, expectGolden, leaked, onBackends, readGolden } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { dispose, grads, sum, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectSameGradients } from '../../../test/same-gradients.ts';
import { type BigBirdContext, bigBirdAttention } from './bigbird-attention.ts';

const names = ['query', 'key', 'value'];
const close = { atol: 2e-5, rtol: 1e-4 };

const lively = (width: number): Parameters =>
  Object.fromEntries(
    names.flatMap((name) => [
      [`${name}.weight`, normal(createKey(`${name} weight`), [width, width], { standardDeviation: 0.6 })],
      [`${name}.bias`, normal(createKey(`${name} bias`), [width])],
    ]),
  );

onBackends('bigBirdAttention', () => {
  it.each(['two-random', 'three-random', 'padded'])('equals Hugging Face, outputs and gradients: %s', async (name) => {
    const golden = await readGolden(`layers/bigbird.self_attention.${name}`);
    const config = golden.config as { readonly hidden_size: number; readonly num_attention_heads: number; readonly block_size: number };
    const heads = config.num_attention_heads;
    const drawn = golden.rows('rand.blocks') ?? [];
    const randomBlocks = Array.from({ length: heads }, (_, head) =>
      drawn.slice((head * drawn.length) / heads, ((head + 1) * drawn.length) / heads),
    );
    const layer = bigBirdAttention({ width: config.hidden_size, heads, blockSize: config.block_size, randomBlocks });
    await expectGolden(golden, 'attention', (parameters, { hidden_states }) =>
      layer.apply(parameters, hidden_states as Tensor, { padding: padding(golden.rows('in.attention_mask') ?? []) }),
    );
    dispose(golden.tensors);
  });

  it('follows the rule for a shorter last block and holes of padding, with random blocks of each head', async () => {
    const [parameters, hidden] = [lively(6), normal(createKey('holes'), [2, 35, 6])]; // 9 blocks of 4, the last of 3
    const randomBlocks = [
      [[4], [7], [], [1], [8], [2], [3]],
      [[6], [5], [0], [7], [1], [4], [2]],
    ];
    const attentionMask = [0, 1].map((row) => Array.from({ length: 35 }, (_, at) => (row === 1 && (at % 6 === 1 || at > 30) ? 0 : 1)));
    const layer = bigBirdAttention({ width: 6, heads: 2, blockSize: 4, randomBlocks });
    const out = layer.apply(parameters, hidden, { padding: padding(attentionMask) });
    const expected = await definedLayer(parameters, [hidden], (weights, x) =>
      reference.bigBirdAttention(weights, x as Tensor, { heads: 2, blockSize: 4, randomBlocks, marks: attentionMask }),
    );
    expectClose(await out.data(), expected, close);
    dispose([parameters, hidden, out]);
  });

  it('of one, two or three blocks is dense attention', async () => {
    const parameters = lively(4);
    for (const length of [1, 3, 4, 7, 12]) {
      const hidden = normal(createKey(length), [1, length, 4]);
      const run = (blockSize: number) =>
        bigBirdAttention({ width: 4, heads: 2, blockSize, randomBlocks: { key: createKey(0), perQueryBlock: 1 } })
          .apply(parameters, hidden)
          .data();
      expectClose(await run(4), await run(16), { atol: 1e-6, rtol: 1e-5 });
    }
  });

  it('draws the same random blocks from the same key, and others from another', async () => {
    const [parameters, hidden] = [lively(6), normal(createKey('draws'), [1, 80, 6])];
    const run = (key: Key) =>
      bigBirdAttention({ width: 6, heads: 2, blockSize: 4, randomBlocks: { key, perQueryBlock: 2 } })
        .apply(parameters, hidden)
        .data();
    expect(await run(createKey(1))).toEqual(await run(createKey(1)));
    expect(await run(createKey(2))).not.toEqual(await run(createKey(1)));
  });

  it('stands in a chain and a residual sum, and recomputed has the same gradients', async () => {
    const model = chain({
      attention: residual(bigBirdAttention({ width: 6, heads: 2, blockSize: 2, randomBlocks: { key: createKey(1), perQueryBlock: 1 } })),
      end: linear({ inFeatures: 6, outFeatures: 2 }),
    });
    await expectSameGradients(model, recomputedLayer(model), normal(createKey('chain'), [2, 13, 6]), {
      padding: paddingOfLengths([13, 9]),
    });
  });

  it('leaves no tensor behind, forward, backward, and when it throws', async () => {
    const [parameters, hidden] = [lively(6), normal(createKey('leaks'), [2, 21, 6])];
    const layer = bigBirdAttention({ width: 6, heads: 2, blockSize: 4, randomBlocks: { key: createKey(5), perQueryBlock: 1 } });
    const context = { padding: paddingOfLengths([18, 19], 21) };
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => layer.apply(parameters, hidden, context))).toEqual(none);
    expect(await leaked(() => grads((x: Tensor) => sum(layer.apply(parameters, x, context)))([hidden]))).toEqual(none);
    expect(await leaked(() => grads((x: Tensor) => sum(layer.apply({}, x)))([hidden]))).toEqual(none);
  });
});

describe('bigBirdAttention', () => {
  const drawn = { key: createKey(0), perQueryBlock: 1 };

  it('init gives the names of Hugging Face', async () => {
    const golden = await readGolden('layers/bigbird.self_attention.padded');
    const parameters = bigBirdAttention({ width: 4, heads: 2, blockSize: 2, randomBlocks: drawn }).init(createKey(3));
    expect(Object.keys(parameters).sort()).toEqual(Object.keys(below(golden.tensors, 'param.')).sort());
  });

  it.each([
    [[[[1]]], '1 heads'],
    [[[[1], [1]], [[1]]], '1 query blocks (head 1)'],
    [
      [
        [[1], [1]],
        [[1], [4]],
      ],
      '4 (head 1, query block 2)',
    ],
    [
      [
        [[1], [-1]],
        [[1], [1]],
      ],
      '-1 (head 0, query block 2)',
    ],
  ])('refuses the random blocks %j', (randomBlocks, got) => {
    const layer = bigBirdAttention({ width: 4, heads: 2, blockSize: 2, randomBlocks });
    expect(() => layer.apply(layer.init(createKey(0)), zeros([1, 7, 4]))).toThrow(
      new ConfigError({
        caller: 'bigBirdAttention',
        problem: 'randomBlocks must have one list for each head and inner query block.',
        expected: '2 heads of 2 query blocks (all but the first and the last), each a list of blocks from 0 to 3',
        got,
        remedy: 'give [heads][blocks − 2][…], or { key, perQueryBlock } to draw them for any length.',
      }),
    );
  });

  it('refuses padding of another length, another name of the context, and a block size of 0', () => {
    const layer = bigBirdAttention({ width: 4, heads: 2, blockSize: 2, randomBlocks: drawn });
    const run = (context: BigBirdContext) => layer.apply(layer.init(createKey(0)), zeros([1, 7, 4]), context);
    expect(() => run({ padding: paddingOfLengths([2]) })).toThrow('one mark for each token');
    expect(() => run({ pading: paddingOfLengths([7]) } as BigBirdContext)).toThrow('did you mean padding?');
    expect(() => bigBirdAttention({ width: 4, heads: 2, blockSize: 0, randomBlocks: drawn })).toThrow(
      'blockSize must be an integer of at least 1.',
    );
  });
});
