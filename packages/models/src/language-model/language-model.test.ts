import {
  applyLinear,
  chain,
  createKey,
  crossEntropy,
  disposeParameters,
  feedForward,
  layerNorm,
  learnedPositions,
  linear,
  residual,
  trainable,
} from '@longspan/core-tensor';
import { expectClose, onBackends } from '@longspan/tooling/expect';
import {
  add,
  cast,
  matMul,
  memory,
  mul,
  oneHot,
  profile,
  reshape,
  type Scalar,
  slice,
  type Tensor,
  tensor2d,
  tidy,
  train,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { languageModel } from './language-model.ts';

async function expectSame(ours: readonly Tensor[], expected: readonly Tensor[]): Promise<void> {
  for (const [at, each] of expected.entries())
    expectClose(await (ours[at] as Tensor).data(), await each.data(), { atol: 2e-6, rtol: 1e-5 }, `result ${at}`);
}

/** Rows of a table, by a product with ones: no code of ours. */
const rows = (table: Tensor, ids: Tensor): Tensor =>
  reshape(matMul(cast(oneHot(reshape(ids, [-1]), table.shape[0] as number), 'float32'), table), [...ids.shape, table.shape[1] as number]);

onBackends('languageModel', () => {
  const layers = {
    one: residual(feedForward({ width: 4 })),
    two: residual(chain({ norm: layerNorm({ width: 4 }), map: linear({ inFeatures: 4, outFeatures: 4 }) })),
  }; // prettier-ignore
  const ids = () =>
    tensor2d(
      [
        [1, 4, 2, 0],
        [3, 3, 1, 2],
      ],
      [2, 4],
      'int32',
    ); // prettier-ignore

  it('is an embedding, positions, layers, a norm and the output, tied or not', async () => {
    for (const tied of [true, false]) {
      const model = languageModel({ vocabulary: 5, width: 4, layers, positions: learnedPositions({ length: 7, width: 4 }), tied });
      const p = model.init(createKey(1));
      const at = (name: string): Tensor => p[name] as Tensor;
      const body = chain({ ...layers, norm: layerNorm({ width: 4 }) });
      const own = Object.fromEntries(Object.keys(body.spec).map((name) => [name, at(name.startsWith('norm') ? name : `layers.${name}`)]));
      const embedded = add(
        mul(0, zeros([2, 4, 4])),
        tidy(() => rows(at('embedding.weight'), ids())),
      );
      const hidden = body.apply(own, add(embedded, slice(at('positions.weight'), [0, 0], [4, 4])));
      const logits = tied ? applyLinear(hidden, at('embedding.weight')) : applyLinear(hidden, at('output.weight'), at('output.bias'));
      await expectSame([model.apply(p, ids())], [logits]);
      await expectSame([model.loss.apply(p, ids(), { targets: ids() })], [crossEntropy(logits, ids())]);
    }
  });

  it('takes the loss of a part of the tokens at a time', async () => {
    for (const tied of [true, false]) {
      const whole = languageModel({ vocabulary: 5, width: 4, layers, tied });
      const chunked = languageModel({ vocabulary: 5, width: 4, layers, tied, lossChunkLength: 3 });
      const p = whole.init(createKey(1));
      await expectSame([chunked.loss.apply(p, ids(), { targets: ids() })], [whole.loss.apply(p, ids(), { targets: ids() })]);
    }
    const peakOf = async (lossChunkLength?: number): Promise<number> => {
      const model = languageModel({ vocabulary: 5000, width: 4, layers, lossChunkLength });
      const p = model.init(createKey(1));
      const before = memory().numBytes;
      const { peakBytes } = await profile(() => model.loss.apply(p, ids(), { targets: ids() }));
      disposeParameters(p);
      return peakBytes - before;
    };
    // Two tokens' logits of 5,000 instead of eight's.
    expect(await peakOf(2)).toBeLessThan((await peakOf()) - 4 * 5000 * 4);
  });

  it('learns, from init to trained variables in five lines', async () => {
    const model = languageModel({ vocabulary: 5, width: 4, layers });
    const weights = tidy(() => trainable(model.init(createKey(1))));
    const optimizer = train.adam(0.05);
    const [x, targets] = [
      ids(),
      tensor2d(
        [
          [4, 2, 0, 3],
          [1, 4, 2, 0],
        ],
        [2, 4],
        'int32',
      ),
    ]; // prettier-ignore
    const losses: number[] = [];
    for (let step = 0; step < 60; step++) {
      const loss = optimizer.minimize(() => model.loss.apply(weights, x, { targets }) as Scalar, true);
      losses.push((await loss?.data())?.[0] as number);
      loss?.dispose();
    }
    expect(losses[0]).toBeGreaterThan(1.4); // log 5 = 1.609
    expect(losses.at(-1)).toBeLessThan(1);
    disposeParameters(weights);
    optimizer.dispose();
  });

  it('says that loss needs targets', () => {
    const model = languageModel({ vocabulary: 5, width: 4, layers });
    expect(() => model.loss.apply(model.init(createKey(0)), ids(), {} as { targets: Tensor })).toThrow(
      'languageModel.loss: the context must hold targets.',
    );
  });
});
