import { ConfigError, show } from '@longspan/core-tensor/error';
import type { SwinStagesConfig } from '@longspan/hierarchical';
import * as z from 'zod/mini';
import { activation, count, epsilon, type GeneralConfig, general, type HiddenActivation, layerCount, rate } from '../config/kinds.ts';

// The keys that the configs of Swin and Swin V2 have in common.

/** One number for both sides, or height and width. */
export type Side = number | readonly number[];

export interface SwinKeys extends GeneralConfig {
  /** Of the images that the checkpoint was trained on; others may have any size. */
  readonly imageSize: Side;
  readonly patchSize: number;
  readonly numChannels: number;
  /** Features in the first stage; each stage is twice as wide as the one before. */
  readonly embedDim: number;
  readonly depths: readonly number[];
  readonly numHeads: readonly number[];
  readonly windowSize: number;
  readonly mlpRatio: number;
  readonly qkvBias: boolean;
  readonly hiddenDropoutProb: number;
  readonly attentionProbsDropoutProb: number;
  readonly dropPathRate: number;
  readonly hiddenAct: HiddenActivation;
  readonly useAbsoluteEmbeddings: false;
  readonly layerNormEps: number;
  readonly stageNames?: readonly string[] | undefined;
  /** The stages whose feature maps a backbone gives. */
  readonly outFeatures?: readonly string[] | undefined;
}

const side = z.union([count(), z.array(count()).check(z.length(2))]);
/** A patch is square: the reference divides by one side alone in places. */
const patchSide = z.union([
  count(),
  z.pipe(
    z.array(count()).check(z.length(2)),
    z.transform(([height]) => height as number),
  ),
]);

export const swinKeys: { readonly [Name in keyof SwinKeys]-?: z.ZodMiniType<SwinKeys[Name], unknown> } = {
  ...general,
  imageSize: z._default(side, 224),
  patchSize: z._default(patchSide, 4),
  numChannels: z._default(count(), 3),
  embedDim: z._default(count(), 96),
  depths: z._default(z.array(layerCount()), [2, 2, 6, 2]),
  numHeads: z._default(z.array(count()), [3, 6, 12, 24]),
  windowSize: z._default(count(), 7),
  mlpRatio: z._default(z.number().check(z.gt(0)), 4),
  qkvBias: z._default(z.boolean(), true),
  hiddenDropoutProb: rate(0),
  attentionProbsDropoutProb: rate(0),
  dropPathRate: rate(0.1),
  hiddenAct: activation('gelu'),
  useAbsoluteEmbeddings: z._default(z.literal(false), false),
  layerNormEps: epsilon(1e-5),
  stageNames: z.optional(z.array(z.string())),
  outFeatures: z.optional(z.array(z.string())),
};

/** Throws unless there is one number of heads for each stage. */
export function requireStages<Config extends SwinKeys>(caller: string, config: Config): Config {
  const { depths, numHeads } = config;
  if (depths.length > 0 && depths.length === numHeads.length) return config;
  throw new ConfigError({
    caller,
    problem: 'depths and num_heads must have one number for each stage, and there must be a stage.',
    expected: 'one number for each stage in both, at least one stage',
    got: `depths ${show(depths)}, num_heads ${show(numHeads)}`,
    remedy: "check config.json: it must belong to this family's checkpoint.",
  });
}

/** Features of the last stage. */
export const lastWidth = ({ embedDim, depths }: SwinKeys): number => embedDim * 2 ** (depths.length - 1);

/** What the layers of all stages have in common, as the stages are given it. */
export const stageOptions = (
  config: SwinKeys,
): Pick<
  SwinStagesConfig,
  'width' | 'depths' | 'heads' | 'innerRatio' | 'bias' | 'attentionDropout' | 'hiddenDropout' | 'stochasticDepth'
> => ({
  width: config.embedDim,
  depths: config.depths,
  heads: config.numHeads,
  innerRatio: config.mlpRatio,
  bias: config.qkvBias,
  attentionDropout: config.attentionProbsDropoutProb,
  hiddenDropout: config.hiddenDropoutProb,
  stochasticDepth: config.dropPathRate,
});
