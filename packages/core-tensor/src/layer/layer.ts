import type { Tensor } from '@tensorflow/tfjs-core';
import type { Key } from '../key/index.ts';
import type { AttentionRequest, AttentionRows } from './attention-request.ts';
import type { Lens } from './lens.ts';
import type { Parameters } from './parameters.ts';
import type { Spec } from './spec.ts';

/**
 * What a layer hands from one call to the next (memory, key-value caches, buckets, centroids): a flat record under dotted names, the
 * names of the parts that it belongs to. Values are tensors, or numbers of the host such as a position.
 */
export type LayerState = Readonly<Record<string, Tensor | number>>;

/** What a layer may know of a run besides its parameters and x. Layers add names of their own and declare them in `reads`. */
export interface LayerContext {
  /** Whether dropout and the like are on; off by default. */
  readonly training?: boolean | undefined;
  /** Where random numbers come from; the same key gives the same numbers. Training with dropout needs it. */
  readonly key?: Key | undefined;
  /** What the last call gave back, for layers that have state. */
  readonly state?: LayerState | undefined;
  /**
   * Which rows of the softmax to give, for layers with attention: recomputed from the log-sum-exp, never n x n. A layer that would give a
   * tensor gives `{ hidden, attentionWeights }` then.
   */
  readonly attentionWeights?: AttentionRequest | undefined;
}

/** Several results: `hidden` is the main one, with which a chain goes on. */
export interface LayerResult {
  readonly hidden: Tensor;
  readonly state?: LayerState;
  /** Where the context asks for them. Constants: no gradient goes through them. */
  readonly attentionWeights?: AttentionRows;
}

export type LayerOutput = Tensor | LayerResult;

/** A tensor where no part has state, else the tensor and the new state of all parts. */
export interface StatefulResult extends LayerResult {
  readonly state: LayerState;
}

/** Where a layer stands when it runs within another: its own parameters and state, through lenses. */
export interface Scope {
  readonly parameters: Lens<Tensor>;
  readonly state: Lens<Tensor | number>;
}

/** The context may be omitted where every name of it may. */
export type ContextArgument<C> = Record<never, never> extends C ? [context?: C] : [context: C];

/**
 * A layer: parameters declared as data, and a pure function of them, x and the context. Made by `defineLayer`, by `chain` and by the
 * layers of these packages; composed of other layers. Parameters are a flat record under dotted names, the names of the Hugging Face
 * checkpoint of that family where there is one.
 */
export interface Layer<C extends LayerContext = LayerContext, Out extends LayerOutput = Tensor> {
  /** Whom an error names. */
  readonly name: string;
  readonly spec: Spec;
  /** Names of the context that it, or a part of it, reads besides `training`, `key` and `state`. */
  readonly reads: readonly string[];
  /** Names of its state; none for most layers. One that ends in `.row` stands for one of each batch row. */
  readonly states: readonly string[];
  /** Those of its states that are choices (buckets, clusters): handed back, they make it choose the same again. */
  readonly replays: readonly string[];
  /** Names of the attentions in it whose rows it can give, in the order of its parts; '' for its own. */
  readonly attentions: readonly string[];
  /** New parameters, which belong to the caller. The same key gives the same numbers. */
  init(key: Key): Parameters;
  /**
   * Checks parameters, context and x, then runs. The results belong to the caller.
   * @throws ConfigError for a parameter that is missing and for an unknown name in the context; ShapeError for what does not fit
   */
  apply(parameters: Parameters, x: Tensor, ...context: ContextArgument<C>): Out;
  /** Throws where x or the context cannot be right: before the first operation, for what a throw leaves behind under a tape is lost. */
  check(caller: string, x: Tensor, context: C): void;
  /** Throws where the context cannot be right, whatever x is. */
  checkContext(caller: string, context: C): void;
  /** For layers of layers: runs within a scope whose parameters were checked. */
  run(scope: Scope, x: Tensor, context: C): Out;
}

export type ContextOf<L> = L extends { run(scope: Scope, x: Tensor, context: infer C extends LayerContext): unknown } ? C : never;
export type OutputOf<L> = L extends { run(scope: Scope, x: Tensor, context: never): infer Out extends LayerOutput } ? Out : never;

/** Layers by name. */
export type Parts = Readonly<Record<string, Layer<never, LayerOutput>>>;

type Both<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void ? I : never;

/** The sum of what the parts need of their context. */
export type ContextOfAll<Ls extends Parts> = [keyof Ls] extends [never] ? LayerContext : Both<ContextOf<Ls[keyof Ls]>> & LayerContext;

/** Whether an output holds state. */
export type HasState<Out> = Out extends { readonly state: LayerState } ? true : false;

/** A tensor where no part has state, else a tensor with the new state. */
export type OutputOfAll<Ls extends Parts> = true extends { readonly [Name in keyof Ls]: HasState<OutputOf<Ls[Name]>> }[keyof Ls]
  ? StatefulResult
  : Tensor;

/** Puts something around a layer and keeps its parameters, context and state: `recomputedLayer` of @longspan/reversible, say. */
export type LayerWrapper = <C extends LayerContext, Out extends LayerOutput>(layer: Layer<C, Out>) => Layer<C, Out>;
