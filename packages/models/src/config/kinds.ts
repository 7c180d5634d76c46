import type { GateActivation } from '@longspan/core-tensor';
import * as z from 'zod/mini';

// What the configs of the families are made of.

type Kind<Value> = z.ZodMiniType<Value, unknown>;

/** Of sizes and counts; sizes of tensors are checked once more by the layers. */
export const count = (least = 1): Kind<number> => z.int().check(z.gte(least), z.lte(2 ** 31 - 1));

/** Of layers: each is made before a weight is read, so that there are never more than any model has (SECURITY.md). */
export const layerCount = (least = 1): Kind<number> => z.int().check(z.gte(least), z.lte(10_000));

/** A share that is dropped, from 0 to below 1. */
export const rate = (byDefault: number): Kind<number> => z._default(z.number().check(z.gte(0), z.lt(1)), byDefault);

export const epsilon = (byDefault: number): Kind<number> => z._default(z.number().check(z.gte(0)), byDefault);

/** The activations of Hugging Face that have a kernel here, and what they are called below this border. */
export const activations = {
  gelu: 'gelu',
  gelu_new: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
  gelu_fast: 'geluTanh',
  relu: 'relu',
} as const;

export type HiddenActivation = keyof typeof activations;

export const activation = (byDefault: HiddenActivation): Kind<HiddenActivation> =>
  z._default(z.enum(Object.keys(activations) as readonly HiddenActivation[]), byDefault);

/** The same with SiLU, which gates and some heads have. */
export const gateActivations: Readonly<Record<HiddenGateActivation, GateActivation>> = { ...activations, silu: 'silu', swish: 'silu' };

export type HiddenGateActivation = HiddenActivation | 'silu' | 'swish';

export const gateActivation = (byDefault: HiddenGateActivation): Kind<HiddenGateActivation> =>
  z._default(z.enum(Object.keys(gateActivations) as readonly HiddenGateActivation[]), byDefault);

/** What the classes are called: `{ "0": "NEGATIVE" }`. */
const labelNames = z.optional(z.record(z.string(), z.string()));

/** What the config of every family has besides its sizes. */
export interface GeneralConfig {
  readonly modelType?: string | undefined;
  readonly architectures?: readonly string[] | undefined;
  readonly initializerRange: number;
  readonly numLabels?: number | undefined;
  readonly id2label?: Readonly<Record<string, string>> | undefined;
  readonly problemType?: ProblemType | undefined;
  readonly tieWordEmbeddings: boolean;
}

/** What a classification's loss is. */
export type ProblemType = (typeof problemTypes)[number];

const problemTypes = ['regression', 'single_label_classification', 'multi_label_classification'] as const;

export const general: { readonly [Name in keyof GeneralConfig]-?: Kind<GeneralConfig[Name]> } = {
  modelType: z.optional(z.string()),
  architectures: z.optional(z.array(z.string())),
  initializerRange: z._default(z.number().check(z.gte(0)), 0.02),
  numLabels: z.optional(count(1)),
  id2label: labelNames,
  problemType: z.optional(z.enum(problemTypes)),
  tieWordEmbeddings: z._default(z.boolean(), true),
};

/** The number of classes, as Hugging Face counts them: what is said, the names that there are, or 2. */
export const labelCount = (config: GeneralConfig): number =>
  config.numLabels ?? (config.id2label === undefined ? 2 : Object.keys(config.id2label).length);
