import { ConfigError, show } from '@longspan/core-tensor/error';
import type { TypedEncoderConfig } from '../encoder/encoder-config.ts';
import type { LongformerModels } from '../family/longformer/index.ts';

export type Head = keyof LongformerModels & string;

/** What of a short model differs from a Longformer. */
export interface ShortFamily {
  /** What the body is called in a model with a head. */
  readonly body: string;
  /** The first row of its table of positions that a token has. */
  readonly firstRow: (config: TypedEncoderConfig) => number;
  /** What the parts of a head are called in a Longformer, where that is something else. */
  readonly heads: Partial<Readonly<Record<Head, readonly (readonly [from: string, to: string])[]>>>;
}

const roberta: ShortFamily = { body: 'roberta', firstRow: ({ padTokenId }) => padTokenId + 1, heads: {} };

/** By model_type. */
const families: Readonly<Record<string, ShortFamily>> = {
  bert: {
    body: 'bert',
    firstRow: () => 0,
    heads: {
      maskedLanguageModel: [
        ['cls.predictions.transform.dense.', 'lm_head.dense.'],
        ['cls.predictions.transform.LayerNorm.', 'lm_head.layer_norm.'],
        ['cls.predictions.decoder.', 'lm_head.decoder.'],
        ['cls.predictions.bias', 'lm_head.bias'],
      ],
      // tanh of a linear map of the first token: BERT's pooler is the first half of Longformer's head.
      sequenceClassification: [
        ['bert.pooler.dense.', 'classifier.dense.'],
        ['classifier.', 'classifier.out_proj.'],
      ],
    },
  },
  roberta,
  'xlm-roberta': roberta,
};

/** @throws ConfigError for a family that is no BERT */
export function shortFamily(caller: string, modelType: unknown): ShortFamily {
  if (typeof modelType === 'string' && Object.hasOwn(families, modelType)) return families[modelType] as ShortFamily;
  throw new ConfigError({
    caller,
    problem: 'the model must be of a family that Longformer is made of.',
    expected: Object.keys(families).join(', '),
    got: show(modelType),
    remedy: 'load a checkpoint of BERT, RoBERTa or XLM-R, or read the text in windows.',
  });
}

/** A name of the short model in the Longformer. */
export function longName({ body, heads }: ShortFamily, head: Head, name: string): string {
  const renamed = (heads[head] ?? []).find(([from]) => name.startsWith(from));
  if (renamed !== undefined) return renamed[1] + name.slice(renamed[0].length);
  return name.startsWith(`${body}.`) ? `longformer.${name.slice(body.length + 1)}` : name;
}
