import type { ConfigJson } from '../../config/read-config.ts';
import { asStored, type GraphWeights, transposed } from '../../graph-model/graph-weights.ts';
import type { GraphTensor } from '../../graph-model/open-graph-model.ts';
import type { VirtualTensor } from '../../pretrained/virtual-safetensors.ts';

const stack = 'Encoder_en/KonaTransformer/Encode/';

/** What stands before and behind a name only because a tool has folded the graph. */
const plain = (name: string): string =>
  name
    .replace(/^module(?:_apply_default)?[/]/, '')
    .replace('TransformerStack/', '')
    .replace(/[/](?:ConcatPartitions[/]concat|part_0)$/, '');

type Rule = readonly [graph: string, own: string, made: (tensor: GraphTensor) => VirtualTensor];

const norm = (graph: string, own: string): readonly Rule[] => [
  [`${graph}/layer_norm_scale`, `${own}.weight`, asStored],
  [`${graph}/layer_norm_bias`, `${own}.bias`, asStored],
];

const product = (weight: string, bias: string, own: string): readonly Rule[] => [
  [weight, `${own}.weight`, transposed],
  [bias, `${own}.bias`, asStored],
];

function rulesOfLayer(at: number): readonly Rule[] {
  const [graph, own] = [`${stack}Layer_${at}/TransformerLayer`, `layers.${at}`];
  const attention = `${graph}/MultiheadAttention`;
  const map = (place: string, name: string) => product(`${place}/kernel`, `${place}/bias`, `${own}.${name}`);
  return [
    ...norm(`${graph}/layer_prepostprocess/layer_norm`, `${own}.attention_norm`),
    ...map(`${attention}/qkv_transform_single`, 'attention.qkv'),
    ...map(`${attention}/output_transform_single`, 'attention_output'),
    ...map(`${graph}/dense`, 'residual'),
    ...norm(`${graph}/FFN/layer_prepostprocess/layer_norm`, `${own}.feed_forward_norm`),
    ...product(`${graph}/FFN/conv1/Tensordot/Reshape_1`, `${graph}/FFN/conv1/bias`, `${own}.feed_forward.inner`),
    ...product(`${graph}/FFN/conv2/Tensordot/Reshape_1`, `${graph}/FFN/conv2/bias`, `${own}.feed_forward.outer`),
  ];
}

const outer: readonly Rule[] = [
  ['Embeddings_en', 'embeddings.word_embeddings.weight', asStored],
  ...product('Encoder_en/hidden_layers/tanh_layer_0/weights', 'Encoder_en/hidden_layers/tanh_layer_0/bias', 'pooler.dense.0'),
];

const isLayer = new RegExp(`^${stack}Layer_(\\d+)/TransformerLayer/MultiheadAttention/qkv_transform_single/kernel$`);

/** Reads the graph of a Universal Sentence Encoder lite; undefined where it is another one. */
export async function readUniversalSentenceEncoder(tensors: ReadonlyMap<string, GraphTensor>): Promise<GraphWeights | undefined> {
  const found = new Map([...tensors].map(([name, tensor]) => [plain(name), tensor] as const));
  const layers = [...found.keys()].filter((name) => isLayer.test(name)).length;
  if (!found.has('Embeddings_en') || layers === 0) return undefined;
  const rules = [...outer, ...Array.from({ length: layers }, (_, at) => rulesOfLayer(at)).flat()];
  const own = rules.flatMap(([graph, name, made]) => {
    const tensor = found.get(graph);
    return tensor === undefined ? [] : [[name, made(tensor)] as const];
  });
  const made = new Map(own);
  return { json: await configIn(found, made, layers), tensors: made };
}

/** The sizes are those of the weights; what has none stands among the constants, or is what it is in the lite model. */
async function configIn(
  constants: ReadonlyMap<string, GraphTensor>,
  weights: ReadonlyMap<string, VirtualTensor>,
  layers: number,
): Promise<ConfigJson> {
  const size = (name: string, axis: number): number | undefined => weights.get(name)?.shape[axis];
  const numbers = async (start: RegExp): Promise<Float32Array | undefined> => [...constants].find(([name]) => start.test(name))?.[1].read();
  const [heads] = (await numbers(/[/]split_heads[/]split_last_dimension[/]Reshape[/]shape[/]2$/)) ?? [];
  const [epsilon] = (await numbers(/[/]layer_norm[/]Cast[/]x$/)) ?? [];
  const shortest = (await numbers(/[/]TimingSignal[/]ExpandDims_1$/))?.at(-1);
  const sizes = {
    vocab_size: size('embeddings.word_embeddings.weight', 0),
    embedding_size: size('embeddings.word_embeddings.weight', 1),
    hidden_size: size('layers.0.attention_output.weight', 0),
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: size('layers.0.feed_forward.inner.weight', 0),
    output_size: size('pooler.dense.0.weight', 0),
    layer_norm_eps: epsilon === undefined ? undefined : rounded(epsilon),
    max_timescale: shortest === undefined ? undefined : rounded(1 / shortest),
  };
  return {
    model_type: 'universal-sentence-encoder',
    ...Object.fromEntries(Object.entries(sizes).filter(([, value]) => value !== undefined)),
  };
}

/** What was written down before it became float32. */
const rounded = (value: number): number => Number(value.toPrecision(6));
