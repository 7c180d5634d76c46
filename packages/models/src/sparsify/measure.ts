import { type KeptMass, keptMass, type Mask } from '@longspan/attention-sparse';
import type { Parameters } from '@longspan/core-tensor';
import { inNameOf } from '@longspan/core-tensor/error';
import { dispose } from '@tensorflow/tfjs-core';
import type { AnyPretrainedModel } from '../pretrained/pretrained.ts';
import type { ReadText } from './sample.ts';

/** The keys of so many pairs of a layer of width 768 take 200 MB. */
const PAIRS_AT_ONCE = 2 ** 16;

export interface MeasureOptions {
  readonly caller: string;
  /** Names of attentions. */
  readonly layers: readonly string[];
  readonly candidates: readonly Mask[];
  /** Queries of each text. */
  readonly queries: number;
  /** Pairs of a query and a key of which rows are looked at in one pass; 65,536 by default. */
  readonly pairsAtOnce?: number | undefined;
  /** Called before each pass. */
  readonly onPass: () => void;
}

/** What the candidates keep of one text's attention in each layer, by some of its queries: a list for each layer, of one entry for each pass. */
export function measureText(
  model: AnyPretrainedModel,
  parameters: Parameters,
  { batch, length, padding, context, withIds }: ReadText,
  { caller, layers, candidates, queries: count, pairsAtOnce = PAIRS_AT_ONCE, onPass }: MeasureOptions,
): Promise<readonly (readonly (readonly (readonly KeptMass[])[])[])[]> {
  const all = spread(length, count);
  const atOnce = Math.max(1, Math.floor(pairsAtOnce / (batch * length)));
  return withIds(async (ids) => {
    const found: (readonly (readonly KeptMass[])[])[][] = layers.map(() => []);
    for (let from = 0; from < all.length; from += atOnce) {
      onPass();
      const queries = all.slice(from, from + atOnce);
      const output = model.apply(parameters, ids, { ...context, attentionWeights: { queries, layers } });
      try {
        for (const [at, name] of layers.entries()) {
          const rows = output.attentionWeights?.[name] as NonNullable<typeof output.attentionWeights>[string];
          found[at]?.push(await inName(caller, () => keptMass(rows, { candidates, queries, length, padding })));
        }
      } finally {
        dispose(output as object as Parameters);
      }
    }
    return found;
  });
}

/** Positions all over a text, as many as there are or are wanted. */
const spread = (length: number, count: number): readonly number[] =>
  count >= length
    ? Array.from({ length }, (_, at) => at)
    : Array.from({ length: count }, (_, at) => Math.floor(((at + 0.5) * length) / count));

/** `inNameOf` for what takes its time. */
async function inName<Result>(caller: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    return inNameOf(caller, (): never => {
      throw error;
    });
  }
}
