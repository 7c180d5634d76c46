import { createKey, type Parameters } from '@longspan/core-tensor';
import { definedLayer, expectClose, leaked, onBackends, poison, withBackend } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { dispose, grads, mul, reshape, sum, type Tensor, tensor1d, tensor2d, variable, variableGrads } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { clusterings, hiddenOf } from '../../test/small-model.ts';
import { type AdaptiveSoftmaxConfig, adaptiveEmbedding, adaptiveSoftmax } from '../index.ts';

function lively(config: AdaptiveSoftmaxConfig): Parameters {
  const drawn = adaptiveSoftmax(config).init(createKey('adaptive'));
  const parameters = Object.fromEntries(
    Object.entries(drawn).map(([name, each]) => [name, name.endsWith('bias') ? hiddenOf(name, each.shape) : mul(each, 50)]),
  );
  dispose(drawn);
  return parameters;
}

onBackends('adaptive softmax', () => {
  it.each(clusterings)('%s: gives what its definition gives, and probabilities that sum to one', async (_, config) => {
    const softmax = adaptiveSoftmax(config);
    const [parameters, hidden] = [lively(config), hiddenOf('hidden', [2, 5, 6])];
    const expected = await definedLayer(parameters, [hidden], (weights, hidden) =>
      reference.adaptiveLogProbabilities(weights, hidden as Tensor, config),
    );
    const all = softmax.logProbabilities.apply(parameters, hidden);
    expect(all.shape).toEqual([2, 5, config.vocabulary]);
    const values = Array.from(await all.data());
    expectClose(values, expected, { atol: 2e-5, rtol: 2e-5 });
    for (let row = 0; row < 10; row++) {
      const total = values.slice(row * config.vocabulary, (row + 1) * config.vocabulary).reduce((part, each) => part + Math.exp(each), 0);
      expect(Math.abs(total - 1)).toBeLessThan(1e-5);
    }
    // Every cluster, some ignored, and out of order.
    const targets = Array.from({ length: 10 }, (_, row) => (row % 4 === 2 ? -100 : (row * 7 + 3) % config.vocabulary));
    poison([[2, 5], [10]]);
    const losses = softmax.apply(parameters, hidden, { targets });
    expect(losses.shape).toEqual([2, 5]);
    expectClose(
      await losses.data(),
      targets.map((target, row) => (target === -100 ? 0 : -(expected[row * config.vocabulary + target] as number))),
      { atol: 2e-5, rtol: 2e-5 },
    );
    dispose([parameters, hidden, all, losses]);
  });

  it.each(clusterings)('%s: its losses have the gradients of its log-probabilities', async (_, config) => {
    const softmax = adaptiveSoftmax(config);
    const drawn = lively(config);
    const parameters = Object.fromEntries(Object.entries(drawn).map(([name, each]) => [name, variable(each)]));
    const hidden = variable(hiddenOf('hidden', [9, 6]));
    const targets = Array.from({ length: 9 }, (_, row) => (row * 5 + 2) % config.vocabulary);
    const cotangent = hiddenOf('cotangent', [9]);
    const hot = tensor2d(targets.map((target) => Array.from({ length: config.vocabulary }, (_, token) => (token === target ? -1 : 0))));
    const of = (loss: () => Tensor) => variableGrads(() => sum(mul(loss(), cotangent)));
    const sparse = of(() => softmax.apply(parameters, hidden, { targets }));
    const dense = of(() => sum(mul(softmax.logProbabilities.apply(parameters, hidden), hot), 1));
    for (const each of [hidden, ...Object.values(parameters)]) {
      expectClose(await (sparse.grads[each.name] as Tensor).data(), await (dense.grads[each.name] as Tensor).data(), {
        atol: 3e-5,
        rtol: 3e-5,
      });
    }
    dispose([drawn, parameters, hidden, cotangent, hot, sparse.value, sparse.grads, dense.value, dense.grads]);
  });

  it('computes a cluster only for the rows that need it: rows without rare targets give its parameters no gradient', async () => {
    const config = { vocabulary: 19, width: 6, embeddingWidth: 8, cutoffs: [3, 8], widthDivisor: 2 };
    const [softmax, parameters, hidden] = [adaptiveSoftmax(config), lively(config), hiddenOf('hidden', [4, 6])];
    const gradientOf = async (targets: readonly number[]): Promise<number> => {
      const [gradient, more] = grads((weight: Tensor, x: Tensor) =>
        sum(softmax.apply({ ...parameters, 'out_layers.2.weight': weight }, x, { targets })),
      )([parameters['out_layers.2.weight'] as Tensor, hidden]) as [Tensor, Tensor];
      const most = Math.max(...(await gradient.data()).map(Math.abs));
      dispose([gradient, more]);
      return most;
    };
    expect(await gradientOf([0, 18, 5, 2])).toBeGreaterThan(1e-3);
    await expect(gradientOf([0, 1, 5, 2])).rejects.toThrow('Cannot compute gradient'); // it is not even read
    dispose([parameters, hidden]);
  });

  it('all targets ignored: zeros, which a gradient can be taken of', async () => {
    const config = { vocabulary: 9, width: 6, cutoffs: [4] };
    const [softmax, parameters, hidden] = [adaptiveSoftmax(config), lively(config), hiddenOf('hidden', [3, 6])];
    const [gradient] = grads((x: Tensor) => sum(softmax.apply(parameters, x, { targets: [-100, -100, -100] })))([hidden]) as [Tensor];
    expect(Array.from(await gradient.data())).toEqual(new Array(18).fill(0));
    dispose([parameters, hidden, gradient]);
  });

  it.each(clusterings)('%s: a tensor of targets gives the losses and the gradients of the same list', async (_, config) => {
    const [softmax, parameters, hidden] = [adaptiveSoftmax(config), lively(config), hiddenOf('hidden', [2, 5, 6])];
    const list = Array.from({ length: 10 }, (_, row) => (row % 4 === 2 ? -100 : (row * 7 + 3) % config.vocabulary));
    const asTensor = reshape(tensor1d(list, 'int32'), [2, 5]);
    const cotangent = hiddenOf('cotangent', [2, 5]);
    const names = Object.keys(parameters);
    const of = (targets: readonly number[] | Tensor) => {
      const run = (x: Tensor, ...own: Tensor[]): Tensor =>
        softmax.apply(Object.fromEntries(names.map((name, at) => [name, own[at] as Tensor])), x, { targets });
      const given = [hidden, ...Object.values(parameters)] as [Tensor, ...Tensor[]];
      return { losses: run(...given), gradients: grads((x: Tensor, ...own: Tensor[]) => sum(mul(run(x, ...own), cotangent)))(given) };
    };
    const [ours, theirs] = [of(asTensor), of(list)];
    expect(ours.losses.shape).toEqual([2, 5]);
    expectClose(await ours.losses.data(), await theirs.losses.data(), { atol: 2e-5, rtol: 2e-5 });
    for (const [at, gradient] of theirs.gradients.entries()) {
      expectClose(await (ours.gradients[at] as Tensor).data(), await gradient.data(), { atol: 3e-5, rtol: 3e-5 }, `gradient ${at}`);
    }
    const outside = tensor1d([0, -1, config.vocabulary, -100], 'int32');
    const some = await softmax.apply(parameters, hiddenOf('h', [4, 6]), { targets: outside }).data();
    expect(Array.from(some, Number.isNaN)).toEqual([false, true, true, false]);
    expect(some[3]).toBe(0);
    expect(await leaked(() => softmax.apply(parameters, hidden, { targets: asTensor }))).toEqual({ tensors: 0, buffers: 0 });
    dispose([parameters, hidden, asTensor, cotangent, outside, { ...ours }, { ...theirs }]);
  });

  it('leaves no tensor behind, forward, backward, and when it throws', async () => {
    const config = { vocabulary: 19, width: 6, embeddingWidth: 8, cutoffs: [3, 8], widthDivisor: 2 };
    const [softmax, parameters, hidden, targets] = [adaptiveSoftmax(config), lively(config), hiddenOf('h', [4, 6]), [0, 18, 5, -100]];
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => softmax.apply(parameters, hidden, { targets }))).toEqual(none);
    expect(await leaked(() => softmax.logProbabilities.apply(parameters, hidden))).toEqual(none);
    expect(await leaked(() => grads((x: Tensor) => sum(softmax.apply(parameters, x, { targets })))([hidden]))).toEqual(none);
    expect(await leaked(() => softmax.apply(parameters, hidden, { targets: [0, 19, 5, 2] }))).toEqual(none);
    dispose([parameters, hidden]);
  });
});

describe('adaptiveSoftmax', () => {
  const config = {
    vocabulary: 19,
    width: 6,
    embeddingWidth: 8,
    cutoffs: [3, 8],
    widthDivisor: 2,
    tiedTables: true,
    tiedProjections: [false, true, true],
  };

  it('leaves out what is tied and takes it from the embedding: the very same numbers, and their gradients', async () => {
    await withBackend('cpu');
    const [softmax, embedding] = [adaptiveSoftmax(config), adaptiveEmbedding(config).init(createKey(1))];
    const own = softmax.init(createKey(0));
    expect(Object.keys(own).sort()).toEqual([
      'cluster_bias',
      'cluster_weight',
      'out_layers.0.bias',
      'out_layers.1.bias',
      'out_layers.2.bias',
      'out_projs.0',
    ]);
    const untied = adaptiveSoftmax({ ...config, tiedTables: false, tiedProjections: [] });
    const tables = Object.fromEntries([0, 1, 2].map((at) => [`out_layers.${at}.weight`, embedding[`emb_layers.${at}.weight`] as Tensor]));
    const all = (other: Tensor): Parameters => ({
      ...own,
      ...tables,
      'out_projs.1': other,
      'out_projs.2': embedding['emb_projs.2'] as Tensor,
    });
    const projection = embedding['emb_projs.1'] as Tensor;
    const [hidden, targets] = [hiddenOf('h', [4, 6]), [0, 18, 5, -100]];
    const byTie = (other: Tensor): Tensor => softmax.apply(own, hidden, { targets, embedding: { ...embedding, 'emb_projs.1': other } });
    const byHand = (other: Tensor): Tensor => untied.apply(all(other), hidden, { targets });
    expect(await byTie(projection).data()).toEqual(await byHand(projection).data());
    const logOf = (each: typeof softmax, parameters: Parameters, context: object): Tensor =>
      each.logProbabilities.apply(parameters, hidden, context);
    expect(await logOf(softmax, own, { embedding }).data()).toEqual(await logOf(untied, all(projection), {}).data());
    const [tie, hand] = [byTie, byHand].map((run) => grads((other: Tensor) => sum(run(other)))([projection])) as [[Tensor], [Tensor]];
    expect(await tie[0].data()).toEqual(await hand[0].data());
    expect(() => softmax.apply(own, hidden, { targets })).toThrow('the context must hold embedding.');
    const { 'emb_projs.2': _, ...less } = embedding;
    expect(() => softmax.apply(own, hidden, { targets, embedding: less })).toThrow('context.embedding must hold what the layer is tied to');
  });

  it('says which target is outside the vocabulary', () => {
    const softmax = adaptiveSoftmax({ vocabulary: 9, width: 6 });
    expect(() => softmax.apply(softmax.init(createKey(0)), hiddenOf('h', [3, 6]), { targets: [1, 9, 2] })).toThrow(
      [
        'adaptiveSoftmax: every target must be a token of the vocabulary.',
        '  expected  integers of 0 … 8, or -100 for a row that does not count',
        '  got       9 for row 1',
        '  remedy    check the tokenizer against the vocabulary, or make the layer with ignoreIndex.',
      ].join('\n'),
    );
  });

  it.each([
    ['cutoffs that fall', { cutoffs: [8, 3] }, 'the cutoffs must ascend within the vocabulary.'],
    ['a cutoff at the end', { cutoffs: [19] }, 'the cutoffs must ascend within the vocabulary.'],
    [
      'rows without a feature',
      { cutoffs: [3, 8], embeddingWidth: 2, widthDivisor: 2 },
      'the rows of cluster 2 must have at least one feature.',
    ],
    ['ties for some clusters', { cutoffs: [3, 8], tiedProjections: [true] }, 'tiedProjections must have one entry for each cluster.'],
  ])('rejects %s', (_, wrong, message) => {
    expect(() => adaptiveSoftmax({ vocabulary: 19, width: 6, ...wrong })).toThrow(message);
  });
});
