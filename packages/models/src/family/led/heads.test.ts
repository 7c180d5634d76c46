import { createKey, disposeParameters, type Parameters, padding, type Spec } from '@longspan/core-tensor';
import { expectClose, leaked, withBackend } from '@longspan/tooling/expect';
import { grads, type Tensor, tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { fromPretrained, pretrainedFiles } from '../../index.ts';
import { led, ledConfig, ledForQuestionAnswering, ledForSequenceClassification } from './index.ts';

// The numbers of transformers 4.57.6 in float64, of LEDConfig with these keys and num_labels 3, attention_window 4, no dropout: each parameter is
// 0.4 · sin(0.7 · i · (1 + i / 50) + s), rounded to float32, where i counts its numbers and s is the sum of its name's character codes modulo 100;
// weights of norms have 1 more.
const config = ledConfig({
  vocab_size: 20,
  d_model: 8,
  encoder_layers: 1,
  decoder_layers: 1,
  encoder_attention_heads: 2,
  decoder_attention_heads: 2,
  encoder_ffn_dim: 12,
  decoder_ffn_dim: 12,
  attention_window: 4,
  max_encoder_position_embeddings: 32,
  max_decoder_position_embeddings: 32,
  dropout: 0,
  num_labels: 3,
});

function parametersOf({ spec }: { readonly spec: Spec }): Parameters {
  const made = ([name, { shape }]: readonly [string, Spec[string]]): readonly [string, Tensor] => {
    const seed = Array.from(name).reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 100;
    const isNorm = /norm(_embedding)?[.]weight$/.test(name) ? 1 : 0;
    const size = shape.reduce((product, each) => product * each, 1);
    return [
      name,
      tensor(
        Float32Array.from({ length: size }, (_, i) => isNorm + 0.4 * Math.sin(0.7 * i * (1 + i / 50) + seed)),
        [...shape],
      ),
    ];
  };
  return Object.fromEntries(Object.entries(spec).map(made));
}

const rows = [
  [0, 5, 7, 9, 11, 2],
  [0, 6, 8, 2, 1, 1],
];
const ids = () => tensor2d(rows, undefined, 'int32');
const context = { padding: padding(rows.map((row) => row.map((id) => (id === 1 ? 0 : 1)))), globals: [0] };
const close = { atol: 2e-6, rtol: 1e-5 };

beforeAll(() => withBackend('cpu'));

it('LED gives the classes of a text from where its last end token stands, as transformers does', async () => {
  const model = ledForSequenceClassification(config);
  const parameters = parametersOf(model);
  const { hidden } = model.apply(parameters, ids(), context);
  expect(hidden.shape).toEqual([2, 3]);
  expectClose(await hidden.data(), [0.347103229, -0.303178777, 0.698540001, 0.798501995, 0.2044936, -0.165613876], close);
  const two = model.apply(parameters, tensor2d([[0, 5, 2, 9, 11, 2]], undefined, 'int32'), { globals: [0] });
  expectClose(await two.hidden.data(), [0.287749441, -0.24947593, 0.730749882], close);
  const labels = tensor1d([2, 0], 'int32');
  const of = (dense: Tensor, shared: Tensor) =>
    model.loss.apply({ ...parameters, [denseName]: dense, 'led.shared.weight': shared }, ids(), { ...context, labels });
  const at = [parameters[denseName], parameters['led.shared.weight']] as [Tensor, Tensor];
  expectClose(await of(...at).data(), [0.69364525], close);
  const [dense, shared] = grads(of)(at) as [Tensor, Tensor];
  expectClose((await dense.data()).subarray(0, 4), [-0.183387708, 0.133471567, -0.013926133, 0.002311613], close);
  expectClose(
    (await shared.data()).subarray(40, 48),
    [-0.050828355, 0.062616287, 0.027599667, -0.085736326, 0.039110735, -0.015312088, -0.032814018, 0.055364099],
    { atol: 2e-6, rtol: 1e-4 },
  );
  const x = ids();
  expect(await leaked(() => model.apply(parameters, x, context) as object as Tensor[])).toEqual({ tensors: 0, buffers: 0 });
});

const denseName = 'classification_head.dense.weight';

it('a text of LED without an end token has logits of NaN, and the decoder reads as many tokens as the text has', async () => {
  const model = ledForSequenceClassification(config);
  const parameters = parametersOf(model);
  const without = await model.apply(parameters, tensor2d([[0, 5, 7]], undefined, 'int32')).hidden.data();
  expect([...without].every(Number.isNaN)).toBe(true);
  const decoderIds = tensor2d([[2, 5]], undefined, 'int32');
  expect(() => model.apply(parameters, tensor2d([[0, 5, 2]], undefined, 'int32'), { decoderIds })).toThrow('decoderIds');
});

it('LED gives first and last tokens of answers, as transformers does', async () => {
  const model = ledForQuestionAnswering(config);
  const parameters = parametersOf(model);
  const { startLogits, endLogits } = model.apply(parameters, ids(), context);
  expectClose(
    await startLogits.data(),
    [
      -2.128783151, -0.923360551, -0.581953267, -0.309332829, -0.644578006, -0.531656008, -2.247617366, -0.779069968, 0.631014837,
      -0.679352873, -0.975748383, -0.720877932,
    ],
    close,
  );
  expectClose(
    await endLogits.data(),
    [
      0.605948327, 0.40082815, 1.102002883, 1.278827133, 1.13268746, -0.205629691, -0.065011629, 0.439804666, 0.909299394, 0.907048383,
      0.619824989, 0.035279784,
    ],
    close,
  );
  const positions = { startPositions: tensor1d([1, 3], 'int32'), endPositions: tensor1d([2, 60], 'int32') }; // the last one is beyond the text
  expectClose(await model.loss.apply(parameters, ids(), { ...context, ...positions }).data(), [1.766402463], close);
});

it.each([
  ['LEDForSequenceClassification', 'sequenceClassification', ledForSequenceClassification],
  ['LEDForQuestionAnswering', 'questionAnswering', ledForQuestionAnswering],
] as const)('%s is saved and loaded', async (architecture, head, make) => {
  const parameters = make(config).init(createKey(1));
  const files = await pretrainedFiles({ family: led, head, config, parameters });
  const json = JSON.parse((await files.find(({ name }) => name === 'config.json')?.text()) ?? '');
  expect(json.architectures).toEqual([architecture]);
  const loaded = await fromPretrained(files);
  expect([loaded.head, loaded.report.missing, loaded.report.unexpected]).toEqual([head, [], []]);
  for (const [name, tensor] of Object.entries(parameters)) expect(await loaded.parameters[name]?.data()).toEqual(await tensor.data());
  disposeParameters(parameters);
  loaded.dispose();
});
