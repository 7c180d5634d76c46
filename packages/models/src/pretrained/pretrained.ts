import type { Layer, LayerContext, LayerResult, Parameters } from '@longspan/core-tensor';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ConfigJson } from '../config/read-config.ts';
import type { Sentence } from '../sentence/sentence.ts';
import type { Family } from './family.ts';
import type { Precision } from './load-weights.ts';
import type { WeightFile } from './open-weights.ts';

/** What reading a checkpoint found. Names are the model's, but for those that are unexpected. */
export interface PretrainedReport {
  /** Names of the model that the checkpoint lacks. */
  readonly missing: readonly string[];
  /** Names of the checkpoint that the model does not read, but for those that no model needs. */
  readonly unexpected: readonly string[];
  /** Names whose tensors have another shape there, or are of a dtype that is no floating-point number's. */
  readonly misshapen: readonly string[];
  /** Names whose numbers were drawn from the key: the head's, or the pooler's, that are missing or misshapen. */
  readonly drawn: readonly string[];
  /** The files of the weights. */
  readonly files: readonly WeightFile[];
  /**
   * What came of looking for the hub's conversion to safetensors, where a repository has torch's form alone: the revision that the weights
   * are of, or why they are the repository's own.
   */
  readonly conversion?: { readonly revision?: string | undefined; readonly reason: string } | undefined;
  /** What the parameters take in memory. */
  readonly bytes: number;
  readonly precision: Precision;
}

/** A model of a family, with what it takes to save it again. */
export interface SavedModel<F extends Family = Family> {
  readonly family: F;
  /** Which of the family's models it is: `model`, `maskedLanguageModel`, … */
  readonly head: keyof F['models'] & string;
  readonly config: ReturnType<F['config']>;
  readonly parameters: Parameters;
  /** The config.json that it came from, if it came from one. */
  readonly json?: ConfigJson | undefined;
  /** How texts become vectors: of a repository of sentence-transformers, and of families that are sentence encoders. */
  readonly sentence?: Sentence | undefined;
}

/** A checkpoint that came in. */
export interface Pretrained<F extends Family = Family, Model = AnyPretrainedModel> extends SavedModel<F> {
  readonly json: ConfigJson;
  readonly model: Model;
  readonly report: PretrainedReport;
  /** Disposes the parameters, those of `sentence` too. */
  dispose(): void;
}

/** What a model reads whose family is known at run time alone: what the family's own context has, `padding`, `tokenTypes`, … */
export type AnyModelContext = LayerContext & Readonly<Record<string, unknown>>;

/** What such a model gives: `hidden`, and what its head has besides. */
export interface AnyModelOutput extends LayerResult {
  readonly pooled?: Tensor;
  readonly hiddenStates?: readonly Tensor[];
  readonly startLogits?: Tensor;
  readonly endLogits?: Tensor;
}

/** A model whose family or head is known at run time alone. */
export interface AnyPretrainedModel extends Layer<AnyModelContext, AnyModelOutput> {
  /** The same up to its loss, where it has a head. */
  readonly loss?: Layer<AnyModelContext>;
}
