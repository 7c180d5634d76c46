import { lshAttention } from '@longspan/attention-lsh';
import { attentionWeights, sparseAttention } from '@longspan/attention-sparse';
import {
  applyHeadProjections,
  applyLayerNorm,
  applyLearnedPositions,
  applyLinear,
  gatherRows,
  type LayerState,
  type Parameters,
  scoped,
  splitHeads,
} from '@longspan/core-tensor';
import { hiddenOf } from '@longspan/core-tensor/layer';
import { relativeAttention } from '@longspan/memory-xl';
import { broadcastTo, concat, dispose, eye, pad, reshape, slice, type Tensor, type TensorContainer, tidy } from '@tensorflow/tfjs-core';
import { attendOf, layerOf, lshOf, maskOf, recurrence } from './make-model.ts';
import type { Settings } from './settings.ts';

/** What every head of every layer attends to, for one example. */
export interface AttentionPictures {
  readonly layers: number;
  readonly heads: number;
  /** Tokens: rows look, columns are looked at. */
  readonly length: number;
  /** [layers, heads, length, length]: weights of 0 … 1 as 0 … 255. */
  readonly weights: Uint8Array<ArrayBuffer>;
}

/** An Hourglass attends on several levels of other lengths: no square shows it. */
export const hasPictures = ({ mechanism }: Pick<Settings, 'mechanism'>): boolean => mechanism !== 'hourglass';

/** @param ids int32 [1, length] */
export async function attentionPictures(settings: Settings, parameters: Parameters, ids: Tensor): Promise<AttentionPictures | undefined> {
  if (!hasPictures(settings)) return undefined;
  const { heads, layers } = settings;
  const length = ids.shape[1] as number;
  const all = found(() => (settings.mechanism === 'xl' ? ofMemory(settings, parameters, ids) : ofLayers(settings, parameters, ids)));
  const weights = new Uint8Array(layers * heads * length * length);
  for (const [layer, each] of all.entries()) {
    const values = await each.weights.data();
    const keys = await each.keys?.data();
    const width = each.weights.shape[3] as number;
    for (let at = 0; at < values.length; at++) {
      const row = Math.floor(at / width);
      const key = keys === undefined ? at % width : (keys[at] as number);
      if (key >= 0) weights[layer * heads * length * length + row * length + key] = Math.round(255 * Math.min(1, values[at] as number));
    }
    dispose({ ...each });
  }
  return { layers, heads, length, weights };
}

/** [1, heads, length, width], and the keys that they are of where they are not all in order. */
interface Found {
  readonly weights: Tensor;
  readonly keys?: Tensor;
}

/** What was found is kept; all else that was made for it goes. */
const found = (find: () => readonly Found[]): readonly Found[] =>
  tidy(() => find() as object as TensorContainer) as object as readonly Found[];

const rowsOf = (length: number): readonly number[] => Array.from({ length }, (_, at) => at);

const embedded = (parameters: Parameters, ids: Tensor): Tensor =>
  applyLearnedPositions(gatherRows(parameters['embedding.weight'] as Tensor, ids), parameters['positions.weight'] as Tensor);

/** Layer after layer: what the attention of each is given, and what it makes of it. */
function ofLayers(settings: Settings, parameters: Parameters, ids: Tensor): readonly Found[] {
  const all: Found[] = [];
  let x = embedded(parameters, ids);
  for (let at = 0; at < settings.layers; at++) {
    const own = scoped(`layers.${at}`, parameters);
    const normed = applyLayerNorm(x, own['attentionNorm.weight'] as Tensor, own['attentionNorm.bias'] as Tensor);
    all.push(weightsOf(settings, scoped('attention', own), normed));
    if (at + 1 < settings.layers) x = hiddenOf(layerOf(settings).apply(own, x));
  }
  return all;
}

function weightsOf(settings: Settings, own: Parameters, x: Tensor): Found {
  const { mechanism, heads, span } = settings;
  const length = x.shape[1] as number;
  if (mechanism === 'lsh') return { weights: hashedWeights(settings, own, x) };
  const projection = (name: string) => ({ weight: own[`${name}.weight`] as Tensor, bias: own[`${name}.bias`] as Tensor, heads });
  const [q, k] = applyHeadProjections(x, [projection('query'), projection('key')]) as [Tensor, Tensor];
  const mask = maskOf(mechanism, span);
  if (mask !== undefined) {
    const { logSumExp } = sparseAttention(q, k, q, { mask });
    return attentionWeights(q, k, { mask, logSumExp, queries: rowsOf(length) });
  }
  // Attention is linear in its values: of values that are the rows of the identity it gives its weights.
  return { weights: (attendOf(mechanism, span) as NonNullable<ReturnType<typeof attendOf>>)(q, k, identity(heads, length)) };
}

const identity = (heads: number, length: number): Tensor =>
  broadcastTo(reshape(eye(length), [1, 1, length, length]), [1, heads, length, length]);

/** The layer hashes; its buckets are used again for values that are the rows of the identity. */
function hashedWeights(settings: Settings, own: Parameters, x: Tensor): Tensor {
  const { heads, span } = settings;
  const length = x.shape[1] as number;
  const { state } = lshOf(settings).apply(scoped('inner', own), x);
  const filled = length <= span ? length : Math.ceil(length / span) * span;
  const whole = pad(x, [
    [0, 0],
    [0, filled - length],
    [0, 0],
  ]);
  const queryKey = splitHeads(applyLinear(whole, own['inner.query_key.weight'] as Tensor), heads);
  const buckets = state['buckets'] as Tensor | undefined;
  const { out } = lshAttention(queryKey, identity(heads, filled), { chunkLength: span, causal: true, ...(buckets && { buckets }) });
  return slice(out, [0, 0, 0, 0], [1, heads, length, length]);
}

/** A task is read in two halves, and the second one's memory is the first; an excerpt of a text is one segment. */
function ofMemory(settings: Settings, parameters: Parameters, ids: Tensor): readonly Found[] {
  const { width, heads, layers, subject } = settings;
  const x = embedded(parameters, ids);
  const length = x.shape[1] as number;
  const half = subject === 'text' ? length : Math.ceil(length / 2);
  const parts = [slice(x, [0, 0, 0], [1, half, width]), ...(half < length ? [slice(x, [0, half, 0], [1, length - half, width])] : [])];
  const own = scoped('layers.all', parameters);
  const { weights } = relativeAttention({ width, heads, headDim: width / heads });
  return Array.from({ length: layers }, (_, at) => {
    const of = scoped(`layers.${at}.dec_attn`, own);
    const normed = (each: Tensor): Tensor => applyLayerNorm(each, of['layer_norm.weight'] as Tensor, of['layer_norm.bias'] as Tensor);
    const inputs = through({ ...settings, layers: at }, own, parts, half).map(normed);
    const [first, second] = inputs as [Tensor, Tensor?];
    const rows = [weights.apply(of, first, { queries: rowsOf(half) })];
    if (second !== undefined) rows.push(weights.apply(of, second, { queries: rowsOf(length - half), memory: first }));
    return joined(rows);
  });
}

/** What the layers so far make of the segments, the memory going on from one to the next. */
function through(settings: Settings, own: Parameters, parts: readonly Tensor[], memoryLength: number): readonly Tensor[] {
  if (settings.layers === 0) return parts;
  const layers = recurrence(settings, memoryLength);
  let state: LayerState = {};
  return parts.map((part) => {
    const { hidden, state: next } = layers.apply(own, part, { state });
    state = next;
    return hidden;
  });
}

/** Rows of several segments below each other, the keys of each filled up with −1. */
function joined(rows: readonly { readonly hidden: Tensor; readonly keys: Tensor }[]): Found {
  const width = Math.max(...rows.map(({ hidden }) => hidden.shape[3] as number));
  const wide = (each: Tensor, filler: number): Tensor =>
    pad(
      each,
      [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, width - (each.shape[3] as number)],
      ],
      filler,
    );
  const below = (parts: readonly Tensor[]): Tensor => (parts.length === 1 ? (parts[0] as Tensor) : concat([...parts], 2));
  return { weights: below(rows.map(({ hidden }) => wide(hidden, 0))), keys: below(rows.map(({ keys }) => wide(keys, -1))) };
}
