import { writeSafetensors } from '@longspan/core-tensor';
import { fromPretrained, type NamedBytes, type Pretrained } from '@longspan/models';
import fc, { type Arbitrary } from 'fast-check';
import { change, changedText } from './checkpoints.ts';
import { type Family, family } from './family.ts';
import { config, files, index } from './small-bert.ts';

/** What a repository of sentence-transformers has beside its encoder. */
const modules: Readonly<Record<string, unknown>> = {
  'modules.json': ['Transformer', 'Pooling', 'Dense', 'Normalize'].map((kind, idx) => ({
    ...{ idx, name: `${idx}`, path: idx === 0 ? '' : `${idx}_${kind}` },
    type: `sentence_transformers.models.${kind}`,
  })),
  '1_Pooling/config.json': {
    word_embedding_dimension: 4,
    pooling_mode_cls_token: false,
    pooling_mode_mean_tokens: true,
    include_prompt: true,
  },
  '2_Dense/config.json': { in_features: 4, out_features: 3, bias: false, activation_function: 'torch.nn.modules.activation.Tanh' },
  'sentence_bert_config.json': { max_seq_length: 8, do_lower_case: false },
  'tokenizer_config.json': { model_max_length: 8 },
  'tokenizer.json': { version: '1.0', truncation: { direction: 'Right', max_length: 6 }, padding: null },
  'config_sentence_transformers.json': { prompts: { query: 'query: ' } },
};

const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const repository: NamedBytes = {
  ...files,
  'config.json': text(config),
  'model.safetensors.index.json': text(index),
  '2_Dense/model.safetensors': writeSafetensors({
    tensors: { 'linear.weight': { dtype: 'F32', shape: [3, 4], values: new Float32Array(12) } },
  }),
};

const layer = 'module_apply_default/Encoder_en/KonaTransformer/Encode/Layer_0/TransformerLayer';

/** The weights of a graph of the Universal Sentence Encoder with one layer. */
const shapes: Readonly<Record<string, readonly number[]>> = {
  'module/Embeddings_en': [5, 4],
  [`${layer}/layer_prepostprocess/layer_norm/layer_norm_scale`]: [4],
  [`${layer}/layer_prepostprocess/layer_norm/layer_norm_bias`]: [4],
  [`${layer}/MultiheadAttention/qkv_transform_single/kernel/part_0`]: [1, 1, 4, 12],
  [`${layer}/MultiheadAttention/qkv_transform_single/bias`]: [12],
  [`${layer}/MultiheadAttention/output_transform_single/kernel/part_0`]: [1, 1, 4, 4],
  [`${layer}/MultiheadAttention/output_transform_single/bias`]: [4],
  [`${layer}/FFN/layer_prepostprocess/layer_norm/layer_norm_scale`]: [4],
  [`${layer}/FFN/layer_prepostprocess/layer_norm/layer_norm_bias`]: [4],
  [`${layer}/FFN/conv1/Tensordot/Reshape_1`]: [4, 6],
  [`${layer}/FFN/conv1/bias`]: [6],
  [`${layer}/FFN/conv2/Tensordot/Reshape_1`]: [6, 4],
  [`${layer}/FFN/conv2/bias`]: [4],
  'module/Encoder_en/hidden_layers/tanh_layer_0/weights': [4, 3],
  'module/Encoder_en/hidden_layers/tanh_layer_0/bias': [3],
};

const graphBytes = Object.values(shapes).reduce((sum, shape) => sum + 4 * shape.reduce((product, size) => product * size, 1), 0);
const graph = {
  format: 'graph-model',
  weightsManifest: [
    {
      paths: ['group1-shard1of2', 'group1-shard2of2'],
      weights: Object.entries(shapes).map(([name, shape]) => ({ name, shape, dtype: 'float32' })),
    },
  ],
};
const shardBytes: NamedBytes = { 'group1-shard1of2': new Uint8Array(100), 'group1-shard2of2': new Uint8Array(graphBytes - 100) };

const changes = fc.array(change, { maxLength: 3 });

const source: Arbitrary<NamedBytes> = fc.oneof(
  fc.tuple(fc.constantFrom(...Object.keys(modules)), changes).map(([name, each]) => ({
    ...repository,
    ...Object.fromEntries(
      Object.entries(modules).map(([file, content]) => [
        file,
        file === name ? new TextEncoder().encode(changedText(content, each)) : text(content),
      ]),
    ),
  })),
  changes.map((each) => ({ ...shardBytes, 'model.json': new TextEncoder().encode(changedText(graph, each)) })),
);

/** Repositories of sentence-transformers and graph models of tfjs whose JSON is a stranger's. */
export const mutatedSentenceEncoders: Family = family(
  'modules of sentence-transformers and manifests of graph models',
  source,
  async (input) => {
    const { warn } = console;
    console.warn = () => {};
    try {
      return await fromPretrained(input);
    } finally {
      console.warn = warn;
    }
  },
  { release: (result) => (result as Pretrained).dispose() },
);
