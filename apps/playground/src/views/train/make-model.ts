import { reformerAttention } from '@longspan/attention-lsh';
import {
  causal,
  globalTokens,
  localAttention,
  type Mask,
  mobaAttention,
  multiHeadAttention,
  slidingWindow,
  topKAttention,
} from '@longspan/attention-sparse';
import { chain, defineLayer, type Layer, learnedPositions, linear, mergeHeads, splitHeads, transformerLayer } from '@longspan/core-tensor';
import { hourglass } from '@longspan/hierarchical';
import { segmentRecurrence } from '@longspan/memory-xl';
import { type LanguageModel, languageModel } from '@longspan/models/language-model';
import { concat, slice, type Tensor } from '@tensorflow/tfjs-core';
import type { MechanismId } from './mechanisms.ts';
import type { Settings } from './settings.ts';

type Sizes = Pick<Settings, 'width' | 'heads' | 'span' | 'layers'>;
type Layers = Readonly<Record<string, Layer>>;
export type SmallModel = LanguageModel<Layers>;
type Attend = (q: Tensor, k: Tensor, v: Tensor) => Tensor;

/** LSH hashes in so many rounds. */
const rounds = 4;

/** The mask of a mechanism that is one. */
export const maskOf = (mechanism: MechanismId, span: number): Mask | undefined => {
  const window = slidingWindow({ left: span - 1, right: 0 });
  if (mechanism === 'full') return causal();
  if (mechanism === 'window') return window;
  return mechanism === 'sinks' ? window.or(globalTokens([0])).and(causal()) : undefined;
};

/** The attention of a mechanism that is a function of queries, keys and values. */
export const attendOf = (mechanism: MechanismId, span: number): Attend | undefined => {
  if (mechanism === 'local') return (q, k, v) => localAttention(q, k, v, { bucketSize: span, causal: true }).out;
  if (mechanism === 'topk') return (q, k, v) => topKAttention(q, k, v, { topK: span, mask: causal() }).out;
  return mechanism === 'moba' ? (q, k, v) => mobaAttention(q, k, v, { blockSize: span, topK: 2, causal: true }).out : undefined;
};

export const lshOf = ({ width, heads, span }: Sizes) => reformerAttention({ width, heads, chunkLength: span, rounds, causal: true });

/** A layer around such a function, with the projections of `multiHeadAttention` under the same names. */
function projected(width: number, heads: number, attend: Attend): Layer {
  const project = (): Layer => linear({ inFeatures: width, outFeatures: width });
  return defineLayer({
    name: 'projected',
    parts: { query: project(), key: project(), value: project(), output: project() },
    run: ({ parts }, x) => {
      const [q, k, v] = [parts.query(x), parts.key(x), parts.value(x)].map((each) => splitHeads(each, heads)) as [Tensor, Tensor, Tensor];
      return parts.output(mergeHeads(attend(q, k, v)));
    },
  });
}

function attentionOf(mechanism: MechanismId, sizes: Sizes): Layer | undefined {
  const { width, heads, span } = sizes;
  const mask = maskOf(mechanism, span);
  if (mask !== undefined) return multiHeadAttention({ width, heads, mask });
  const attend = attendOf(mechanism, span);
  if (attend !== undefined) return projected(width, heads, attend);
  if (mechanism !== 'lsh') return undefined;
  return chain({ inner: lshOf(sizes), output: linear({ inFeatures: width, outFeatures: width }) }) as object as Layer;
}

export const recurrence = ({ width, heads, layers }: Sizes, memoryLength: number) =>
  segmentRecurrence({
    layers,
    width,
    heads,
    headDim: width / heads,
    innerWidth: 4 * width,
    normalization: 'pre',
    memoryLength,
  });

/** An example in two halves: the second sees the first by memory alone. */
function inHalves(sizes: Sizes, length: number): Layer {
  const half = Math.ceil(length / 2);
  const stack = recurrence(sizes, half);
  return defineLayer({
    name: 'inHalves',
    spec: stack.spec,
    run({ parameters }, x) {
      const own = Object.fromEntries(Object.keys(stack.spec).map((name) => [name, parameters.get(name)]));
      const [batch, , width] = x.shape as [number, number, number];
      const first = stack.apply(own, slice(x, [0, 0, 0], [batch, half, width]));
      if (length === half) return first.hidden;
      const second = stack.apply(own, slice(x, [0, half, 0], [batch, length - half, width]), { state: first.state });
      return concat([first.hidden, second.hidden], 1);
    },
  });
}

function layersOf(settings: Settings, length: number): Layers {
  const { mechanism, width, heads, layers, span, subject } = settings;
  if (mechanism === 'hourglass')
    return { all: hourglass({ width, heads, tokenLayers: [1, 1], hierarchy: `${layers}@2` }) as object as Layer };
  if (mechanism === 'xl') return { all: subject === 'text' ? (recurrence(settings, span) as object as Layer) : inHalves(settings, length) };
  return Object.fromEntries(Array.from({ length: layers }, (_, at) => [`${at}`, layerOf(settings)]));
}

/** One of the layers of a mechanism whose layers are transformer layers. */
export const layerOf = (settings: Settings): Layer =>
  transformerLayer({ width: settings.width, attention: attentionOf(settings.mechanism, settings) as Layer });

/** How wide embeddings are drawn: a task's few tokens are told apart at once, a text's many begin alike. */
const deviationOf = (subject: Settings['subject']): number => (subject === 'text' ? 0.1 : 0.7);

/** The small model of some settings, for rows of that length. */
export function makeModel(
  settings: Settings,
  { vocabulary, length }: { readonly vocabulary: number; readonly length: number },
): SmallModel {
  const { width, subject } = settings;
  const standardDeviation = deviationOf(subject);
  return languageModel({
    vocabulary,
    width,
    layers: layersOf(settings, length),
    positions: learnedPositions({ length, width, standardDeviation }),
    standardDeviation,
  });
}
