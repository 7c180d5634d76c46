import { applyLinear, type LayerContext } from '@longspan/core-tensor';
import { biasSpec, linearWeightSpec, weightOf } from '@longspan/core-tensor/layer';
import type { NamedBody } from './encoder-heads.ts';
import { type HeadedModel, headedModel } from './headed-model.ts';
import { type Labels, tokenLoss } from './losses.ts';

export interface LinearWordHeadConfig {
  readonly name: string;
  readonly width: number;
  readonly vocabulary: number;
  readonly standardDeviation: number;
  /** What the linear map is called in the checkpoint: lm_head. It has a bias. */
  readonly decoder: string;
  /** The table of words, where the map is tied to it; undefined for one of its own. */
  readonly tiedTo: string | undefined;
}

/**
 * Logits of every word for every token, by one linear map.
 * @shape ids int32 [b, n] -> hidden [b, n, vocabulary]
 */
export function linearWordHead<C extends LayerContext>(body: NamedBody<C>, config: LinearWordHeadConfig): HeadedModel<C, Labels> {
  const { name, width, vocabulary, standardDeviation, decoder, tiedTo } = config;
  const [weight, bias] = [`${decoder}.weight`, `${decoder}.bias`];
  return headedModel<C, Labels>({
    name,
    body: body as NamedBody<never>,
    spec: {
      [bias]: biasSpec([vocabulary]),
      ...(tiedTo === undefined ? { [weight]: linearWeightSpec([vocabulary, width], { kind: 'normal', standardDeviation }) } : {}),
    },
    parts: {},
    logits: ({ parameters }, { hidden }) => {
      const map = tiedTo === undefined ? weightOf(parameters, weight, [vocabulary, width]) : parameters.get(tiedTo);
      return applyLinear(hidden, map, parameters.get(bias));
    },
    gives: 'logits of masked words',
    labels: { labels: 'int32 [b, n], −100 where there is no loss' },
    loss: (_, logits, { labels }) => tokenLoss(logits, labels),
  });
}
