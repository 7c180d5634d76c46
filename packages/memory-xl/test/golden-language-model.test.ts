import { readFile } from 'node:fs/promises';
import { createKey, disposeState, type LayerState, type Parameters, readSafetensors } from '@longspan/core-tensor';
import { expectClose, onBackends, type Tolerance } from '@longspan/tooling/expect';
import { dispose, engine, mul, slice, sum, type Tensor, tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { xlLanguageModel, zeroMemory } from '../src/index.ts';

const cases = ['div1-projected-shared', 'div1-tied', 'div2-shared', 'div4-own-projections-untied', 'one-cluster-same-length'];

interface Reference {
  readonly vocab_size: number;
  readonly cutoffs: readonly number[];
  readonly d_model: number;
  readonly d_embed: number;
  readonly n_head: number;
  readonly d_head: number;
  readonly d_inner: number;
  readonly div_val: number;
  readonly pre_lnorm: boolean;
  readonly n_layer: number;
  readonly mem_len: number;
  readonly clamp_len: number;
  readonly same_length: boolean;
  readonly proj_share_all_but_first: boolean;
  readonly untie_r: boolean;
  readonly tie_word_embeddings: boolean;
}

const modelOf = (config: Reference) =>
  xlLanguageModel({
    vocabulary: config.vocab_size,
    width: config.d_model,
    embeddingWidth: config.d_embed,
    cutoffs: config.cutoffs,
    widthDivisor: config.div_val,
    layers: config.n_layer,
    heads: config.n_head,
    headDim: config.d_head,
    innerWidth: config.d_inner,
    normalization: config.pre_lnorm ? 'pre' : 'post',
    memoryLength: config.mem_len,
    maxDistance: config.clamp_len > 0 ? config.clamp_len : undefined,
    window: config.same_length ? { left: config.mem_len - 1 } : undefined,
    sharedBiases: !config.untie_r,
    tiedTables: config.tie_word_embeddings,
    tiedProjections:
      config.proj_share_all_but_first && (config.div_val > 1 || config.d_embed !== config.d_model)
        ? [false, ...config.cutoffs.map(() => true)]
        : [],
    blockSize: 16,
  });

/** Log-probabilities of three segments, the loss of the second and its gradients, the memory after the third: all within tolerance. */
async function expectGolden(name: string): Promise<void> {
  const path = new URL(`../../../tooling/golden/decoders/transfoxl.lm.${name}.safetensors`, import.meta.url);
  const file = readSafetensors(await readFile(path));
  const config: Reference = JSON.parse(file.metadata['config'] ?? '');
  const tolerance: Tolerance = JSON.parse(file.metadata['tolerance'] ?? '');
  const numbersOf = (tensorName: string): number[] => Array.from(file.tensors.get(tensorName)?.values() ?? [], Number);
  const all = Object.fromEntries(
    [...file.tensors].map(([each, { dtype, shape }]) => [each, tensor(numbersOf(each), [...shape], dtype === 'I32' ? 'int32' : 'float32')]),
  );
  const close = async (actual: Tensor, expected: string): Promise<void> => {
    expectClose(await actual.data(), numbersOf(expected), tolerance, `${name}: ${expected}`);
  };
  const weights = Object.keys(all).filter((each) => each.startsWith('param.'));
  const withWeights = (given: readonly Tensor[]): Parameters =>
    Object.fromEntries(weights.map((each, at) => [each.slice('param.'.length), given[at] as Tensor]));
  const values = weights.map((each) => all[each] as Tensor);
  const model = modelOf(config);
  const parameters = withWeights(values);
  const [batch, length] = (all['in.segment.1'] as Tensor).shape as [number, number];

  const segment = async (at: number, state: LayerState): Promise<LayerState> => {
    const found = model.logProbabilities.apply(parameters, all[`in.segment.${at}`] as Tensor, { state });
    await close(found.hidden, `out.prediction_scores.${at}`);
    found.hidden.dispose();
    return found.state;
  };
  const start = zeroMemory(model, { batch, length: config.mem_len, width: config.d_model });
  const first = await segment(0, start);

  // The reference shifts labels by itself: the last token of a row has nothing to predict.
  const labels = numbersOf('in.labels.1');
  const targets = labels.map((_, at) => (at % length === length - 1 ? -100 : (labels[at + 1] as number)));
  const counted = targets.filter((target) => target !== -100).length;
  const { hidden: losses, state: second } = model.apply(parameters, all['in.segment.1'] as Tensor, { state: first, targets });
  const nll = slice(losses, [0, 0], [batch, length - 1]);
  await close(nll, 'out.nll.1');
  const cotangent = numbersOf('cot.loss.1')[0] as number;
  const { value, grads } = engine().gradients(
    () => mul(sum(model.apply(withWeights(values), all['in.segment.1'] as Tensor, { state: first, targets }).hidden), cotangent / counted),
    values,
    undefined,
    true, // not every weight has a gradient: a table of frequencies has none
  );
  expectClose([((await value.data())[0] as number) / cotangent], numbersOf('out.loss.1'), tolerance, `${name}: out.loss.1`);
  const trained = Object.keys(all).filter((each) => each.startsWith('grad.'));
  expect(trained.length).toBeGreaterThanOrEqual(9); // as many as the smallest case has
  for (const each of trained) {
    const gradient: Tensor | null = grads[weights.indexOf(each.slice('grad.'.length))] ?? null;
    if (gradient === null) throw new Error(`no ${each}`);
    await close(gradient, each);
  }
  const again = await segment(1, first);
  const third = await segment(2, again);
  const memories = Array.from({ length: config.n_layer }, (_, at) => third[`transformer.layers.${at}.dec_attn.memory`] as Tensor);
  for (const [at, memory] of memories.entries()) {
    const timeFirst = transpose(memory, [1, 0, 2]);
    await close(timeFirst, `out.mems.${at}`);
    timeFirst.dispose();
  }
  expect(Object.values(third).filter((value) => typeof value !== 'number').length).toBe(config.n_layer);
  for (const each of [start, first, second, again, third]) disposeState(each);
  dispose([all, losses, nll, value, ...grads.filter((each: Tensor | null) => each !== null)]);
}

onBackends('the language model', () => {
  it.each(cases)('equals Hugging Face over three segments: %s', expectGolden);

  it('without zeros to start from, gives other numbers: an empty memory is not a memory of zeros', async () => {
    const model = xlLanguageModel({ vocabulary: 9, width: 4, layers: 1, heads: 2, headDim: 2, innerWidth: 8, memoryLength: 3 });
    const parameters = model.init(createKey(0));
    const tokens = tensor([1, 2], [1, 2], 'int32');
    const [empty, zeros] = tidy(() =>
      [{}, zeroMemory(model, { batch: 1, length: 3, width: 4 })].map(
        (state) => model.logProbabilities.apply(parameters, tokens, { state }).hidden,
      ),
    ) as [Tensor, Tensor];
    expect(await empty.data()).not.toEqual(await zeros.data());
    dispose([parameters, tokens, empty, zeros]);
  });
});
