import type { Mask } from '@longspan/attention-sparse/mask';
import type { Layer, LayerOutput, LayerWrapper } from '@longspan/core-tensor';
import { ConfigError, isRecord, isStamped, type OptionKind, show, stamped } from '@longspan/core-tensor/error';
import type { ConfigJson } from '../config/read-config.ts';
import type { ReadGraph } from '../graph-model/graph-weights.ts';
import type { DenseConfig } from '../pooling/sentence-layer.ts';
import type { PoolingMode } from '../pooling/token-weights.ts';

/** What is the same for every family: how a model is put together, not what it computes. */
export interface ModelOptions {
  /** Put around each layer: `recomputedLayer` of @longspan/reversible keeps only its inputs. */
  readonly wrapLayer?: LayerWrapper | undefined;
  /** Tokens along each side of a block of the attention's layout. */
  readonly blockSize?: number | undefined;
}

/** Of families whose attention has no layout, or blocks of its own. */
export type WrapOptions = Pick<ModelOptions, 'wrapLayer'>;

/** Makes the model with a head of a config: what the family's `config` gave, or what it takes. */
export type MakeModel<Config, Model> = (config: Config, options?: ModelOptions) => Model;

export type AnyModel = Layer<never, LayerOutput>;

/** How the names of a checkpoint become those of the model, and which of them it does without. */
export interface WeightNames {
  /** What the body is called within a model with a head: `bert`. */
  readonly body: string;
  /** Changes of names that old conversions need, in turn: `[/gamma$/, 'weight']`. */
  readonly renames?: readonly (readonly [from: RegExp, to: string])[] | undefined;
  /** Names that no model needs (`position_ids`). */
  readonly unneeded?: readonly RegExp[] | undefined;
  /**
   * Names of the body that checkpoints with another head lack: they are drawn anew, as a head's are. `pooler` by default.
   */
  readonly drawn?: readonly RegExp[] | undefined;
  /** Names that hold the same numbers as another: they are written too where transformers expects them. */
  readonly tied?: ((config: never) => Readonly<Record<string, string>>) | undefined;
}

/** What `requireKnown` checks of them. */
export const modelOptionNames: Readonly<Record<keyof ModelOptions, true | OptionKind>> = { wrapLayer: 'function', blockSize: true };

/** The same of `WrapOptions`. */
export const wrapOptionNames: Readonly<Record<keyof WrapOptions, OptionKind>> = { wrapLayer: 'function' };

/** A body's own way from tokens to the vector of a text. */
export interface OwnPooler {
  readonly width: number;
  readonly modes: readonly PoolingMode[];
  readonly dense: readonly DenseConfig[];
  readonly normalize: boolean;
  /** Tokens of the texts that it has learnt from. */
  readonly maxSeqLength: number;
}

/** A family of checkpoints: its config, its models by head, and the names of its weights. */
export interface Family<
  Config = object,
  Models extends Readonly<Record<string, MakeModel<never, AnyModel>>> = Readonly<Record<string, MakeModel<never, AnyModel>>>,
> {
  /** model_type in config.json. */
  readonly modelType: string;
  /** Reads a config; keys of config.json, or the same in camelCase. @throws ConfigError */
  readonly config: (json: ConfigJson | Partial<Config>) => Config;
  /** `model` is the body, without a head. */
  readonly models: Models;
  /** The model of each name in config.json's `architectures`. */
  readonly architectures: Readonly<Record<string, keyof Models & string>>;
  readonly weights: WeightNames;
  /** Reads a graph model of tfjs (model.json), where people have the family as one. */
  readonly graph?: ReadGraph | undefined;
  /** How the body makes a vector of a text by parameters of its own, which it calls `pooler`: of families of sentence encoders. */
  pooler?(config: Config): OwnPooler;
  /** What a model does at that length that its name does not say, in sentences: another attention on short texts, a token that is global, the masks of its layers. */
  explain?(config: Config, model: keyof Models & string, length: number): readonly string[];
  /** The mask that each layer runs by, in the order of `attentions`: of families whose config takes others as `attention_masks`. */
  masks?(config: Config): readonly Mask[];
}

/** A family as the entries export it: a whole that nobody writes by hand. */
export const defineFamily = <Config, Models extends Readonly<Record<string, MakeModel<never, AnyModel>>>>(
  family: Family<Config, Models>,
): Family<Config, Models> => stamped(family);

/** Throws unless it is one. */
export function requireFamily(caller: string, family: unknown): asserts family is Family {
  if (isRecord(family) && isStamped(family) && 'modelType' in family) return;
  throw new ConfigError({
    caller,
    problem: 'family must be one of the families of @longspan/models.',
    expected: "bert of '@longspan/models/bert', say",
    got: show(family),
    remedy: "import it: import { bert } from '@longspan/models/bert'.",
  });
}
