import { everything, type Mask, type MaskNode, maskFromJSON } from '@longspan/attention-sparse';
import { ConfigError, isRecord } from '@longspan/core-tensor/error';
import * as z from 'zod/mini';

/** What a config may say of the masks of its layers: Longspan's own key, which `sparsify` writes. */
export interface MaskedConfig {
  /** For each layer the JSON of its mask, shared by its heads or one for each; null for that of the checkpoint. */
  readonly attentionMasks?: readonly (MaskNode | null)[] | undefined;
}

export const maskKinds: { readonly attentionMasks: z.ZodMiniType<MaskedConfig['attentionMasks'], unknown> } = {
  attentionMasks: z.optional(z.array(z.nullable(z.custom<MaskNode>(isRecord)))),
};

/** Every token attends to every other one: one mask for all layers, which meet the same layouts. */
const dense = everything();

export interface MaskedLayers {
  readonly layers: number;
  readonly heads: number;
  /** The mask of the checkpoint's layer; to every token by default. */
  readonly own?: ((layer: number) => Mask) | undefined;
}

/**
 * The mask that each layer runs by: the config's, or the checkpoint's own.
 * @throws ConfigError for a list that is not one for each layer, and for a mask that is made for other heads or for batch rows
 */
export function masksOfLayers({ attentionMasks }: MaskedConfig, { layers, heads, own = () => dense }: MaskedLayers): readonly Mask[] {
  if (attentionMasks === undefined) return Array.from({ length: layers }, (_, at) => own(at));
  if (attentionMasks.length !== layers) throw otherCount(attentionMasks.length, layers);
  return attentionMasks.map((node, at) => (node === null ? own(at) : read(node, at, heads)));
}

function read(node: MaskNode, at: number, heads: number): Mask {
  const mask = maskOf(node, at);
  if (mask.batch === 1 && (mask.heads === 1 || mask.heads === heads)) return mask;
  throw new ConfigError({
    caller: 'config',
    problem: 'the mask of a layer must be for all texts, and for all heads or each of them.',
    expected: `1 or ${heads} heads, 1 batch row`,
    got: `attention_masks[${at}]: ${mask.heads} heads, ${mask.batch} batch rows: ${mask.name}`,
    remedy: 'give context.mask or context.padding what differs between texts.',
  });
}

/** Errors say which layer's it is. */
function maskOf(node: MaskNode, at: number): Mask {
  try {
    return maskFromJSON(node);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [problem = ''] = error.message.split('\n');
    const { expected, got, remedy } = error;
    throw new ConfigError(
      { caller: 'config', problem: problem.replace(/^[^:]*: mask/, `attention_masks[${at}]`), expected, got, remedy },
      { cause: error },
    );
  }
}

const otherCount = (got: number, layers: number): ConfigError =>
  new ConfigError({
    caller: 'config',
    problem: 'attention_masks must hold one mask for each layer.',
    expected: `${layers} masks, null for a layer that keeps its own`,
    got: String(got),
    remedy: 'write what sparsify measured, or leave attention_masks out.',
  });

/** Which mask each layer runs by that is not the checkpoint's, in a sentence for each: what `explain` of a family says. */
export const explainMasks = ({ attentionMasks = [] }: MaskedConfig): readonly string[] =>
  attentionMasks.flatMap((node, at) =>
    node === null
      ? []
      : [`Layer ${at} attends by ${maskFromJSON(node).name}: attention_masks of its config, not the checkpoint's own mask.`],
  );
