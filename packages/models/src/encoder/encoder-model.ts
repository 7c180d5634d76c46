import {
  defineLayer,
  dims,
  type Layer,
  type LayerContext,
  type LayerResult,
  linear,
  type Padding,
  type ParameterSpec,
} from '@longspan/core-tensor';
import { requireKind } from '@longspan/core-tensor/error';
import { checkPadding } from '@longspan/core-tensor/layer';
import { reshape, slice, type Tensor, tanh } from '@tensorflow/tfjs-core';
import { giving } from '../head/next-tokens.ts';

/** What an encoder gives. All tensors belong to the caller. */
export interface EncoderOutput extends LayerResult {
  /** [b, n, width]: the last layer's. */
  readonly hidden: Tensor;
  /** [b, width]: the first token through a linear map and tanh, where the model has a pooler; or the text's vector, where it has another. */
  readonly pooled?: Tensor;
  /** The embeddings and what each layer gave, the last one's apart from `hidden`; where context.hiddenStates asks for them. */
  readonly hiddenStates?: readonly Tensor[];
}

export interface EncoderContext extends LayerContext {
  /** Whether the output holds the hidden states of all layers; false by default. */
  readonly hiddenStates?: boolean | undefined;
}

/** What models read that can leave tokens out at the end. */
export interface WantedContext extends LayerContext {
  /**
   * int32 [rows]: tokens of all batch rows, one behind the other, whose states alone are wanted. `hidden` is [1, rows, width] of them, and
   * there is no `pooled`; what the last layer computes after its attention is computed for these.
   */
  readonly wantedTokens?: Tensor | undefined;
}

/** A parameter of the model that all layers read: they are given it as context. */
export interface SharedTable {
  /** Its name in the checkpoint. */
  readonly name: string;
  readonly spec: ParameterSpec;
  /** Its name in the layers' context. */
  readonly context: string;
  /** How many of its rows they are given, from the first. */
  readonly rows: number;
}

export interface EncoderModelConfig {
  readonly name: string;
  readonly width: number;
  /** Under `embeddings`. */
  readonly embeddings: Layer<never>;
  /** Under the names of `layerNames`. */
  readonly layers: readonly Layer<never>[];
  /** encoder.layer.0, … by default. */
  readonly layerName?: ((at: number) => string) | undefined;
  /** Whether there is a pooler; or one of the family's own, of all tokens. */
  readonly pooler: boolean | Layer<never>;
  /** pooler.dense by default. */
  readonly poolerName?: string | undefined;
  readonly standardDeviation: number;
  readonly sharedTable?: SharedTable | undefined;
  /** Whether the last layer reads `keptRows`, and the model `wantedTokens`; false by default. */
  readonly leavesOut?: boolean | undefined;
  /** A norm after the last layer, by its name: the hidden states are those before it. */
  readonly finalNorm?: { readonly name: string; readonly layer: Layer } | undefined;
}

/**
 * An encoder of embeddings and layers, one after the other.
 * @shape ids int32 [b, n] -> hidden [b, n, width], pooled [b, width]
 */
export function encoderModel<C extends LayerContext>(config: EncoderModelConfig): Layer<C & EncoderContext, EncoderOutput> {
  const { name, width, layers, layerName = (at) => `encoder.layer.${at}`, pooler, poolerName = 'pooler.dense' } = config;
  const { sharedTable, finalNorm } = config;
  const draw = { kind: 'normal', standardDeviation: config.standardDeviation } as const;
  const parts: Readonly<Record<string, Layer>> = {
    embeddings: config.embeddings as object as Layer,
    ...Object.fromEntries(layers.map((layer, at) => [layerName(at), layer as object as Layer])),
    ...(finalNorm === undefined ? {} : { [finalNorm.name]: finalNorm.layer }),
    ...(pooler === false
      ? {}
      : { [poolerName]: pooler === true ? linear({ inFeatures: width, outFeatures: width, draw }) : (pooler as object as Layer) }),
  };
  const model = defineLayer<EncoderContext & WantedContext, EncoderOutput, typeof parts, string>({
    name,
    spec: sharedTable === undefined ? {} : { [sharedTable.name]: sharedTable.spec },
    parts,
    reads: ['hiddenStates', ...(config.leavesOut === true ? ['wantedTokens'] : [])],
    provides: [...(sharedTable === undefined ? [] : [sharedTable.context]), ...(config.leavesOut === true ? ['keptRows'] : [])],
    checkContext(caller, { hiddenStates }) {
      if (hiddenStates !== undefined) requireKind(caller, 'context.hiddenStates', hiddenStates, 'flag');
    },
    check(caller, ids, context) {
      config.embeddings.check(caller, ids, context as never);
      checkIdPadding(caller, ids, context);
      if (context.wantedTokens !== undefined) dims(caller, { 'context.wantedTokens': [context.wantedTokens, 'rows:int32'] });
    },
    run({ parts, parameters }, ids, context) {
      const { wantedTokens } = context;
      const part = (of: string) => parts[of] as (typeof parts)[string];
      const states = [part('embeddings')(ids)];
      const shared = sharedTable && { [sharedTable.context]: firstRows(parameters.get(sharedTable.name), sharedTable.rows) };
      for (const at of layers.keys()) {
        const isLast = at === layers.length - 1;
        const given: Readonly<Record<string, Tensor>> = { ...shared, ...(isLast && wantedTokens && { keptRows: wantedTokens }) };
        states.push(part(layerName(at))(states.at(-1) as Tensor, given));
        if (!context.hiddenStates) states.shift()?.dispose(); // those of a long text are a hundred MB each; a tape keeps what it needs
      }
      const last = states.at(-1) as Tensor;
      const hidden = finalNorm === undefined ? last : part(finalNorm.name)(last);
      return {
        hidden,
        ...(pooler === false || wantedTokens !== undefined
          ? {}
          : { pooled: pooler === true ? tanh(part(poolerName)(firstToken(hidden))) : part(poolerName)(hidden) }),
        ...(context.hiddenStates ? { hiddenStates: states.map((state) => (state === hidden ? state.clone() : state)) } : {}),
      };
    },
  }) as object as Layer<C & EncoderContext, EncoderOutput>;
  return giving('hidden states', model);
}

/** [b, n, width] -> [b, width] */
export function firstToken(hidden: Tensor): Tensor {
  const [batch, , width] = hidden.shape as [number, number, number];
  return reshape(slice(hidden, [0, 0, 0], [batch, 1, width]), [batch, width]);
}

const firstRows = (table: Tensor, rows: number): Tensor =>
  table.shape[0] === rows ? table : slice(table, [0, 0], [rows, table.shape[1] as number]);

/** Throws unless the padding, if there is one, is that of the ids: layers are not asked before they run. */
export function checkIdPadding(caller: string, ids: Tensor, context: LayerContext): void {
  const [batch, length] = ids.shape as [number, number];
  checkPadding(caller, Reflect.get(context, 'padding') as Padding | undefined, { batch, length });
}
