import { defineFamily, type Family } from '../../pretrained/family.ts';
import { type RoutingTransformerConfig, routingTransformerConfig } from './config.ts';
import { routingTransformerForLanguageModel } from './model.ts';

export { type RoutingTransformerConfig, routingTransformerConfig } from './config.ts';
export type { RoutingMembers } from './layer.ts';
export {
  type RoutingTransformerContext,
  type RoutingTransformerModel,
  type RoutingTransformerOutput,
  routingTransformerForLanguageModel,
} from './model.ts';

/** The models of the family, by head. */
export type RoutingTransformerModels = {
  readonly languageModel: typeof routingTransformerForLanguageModel;
};

/** Routing Transformer: what `fromPretrained` needs to know of its checkpoints. */
export const routingTransformer: Family<RoutingTransformerConfig, RoutingTransformerModels> = defineFamily({
  modelType: 'routing-transformer',
  config: routingTransformerConfig,
  models: { languageModel: routingTransformerForLanguageModel },
  architectures: { RoutingTransformerLM: 'languageModel' },
  weights: {
    body: 'net',
    // Of an autoregressive wrapper around it; what is counted, not learned.
    renames: [[/^net[.]/, '']],
    unneeded: [/[.]kmeans[.]initted$/, /^sinu_pos_emb[.]emb$/],
  },
});
