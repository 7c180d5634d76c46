import { ConfigError, nearestNames, show } from '@longspan/core-tensor/error';
import type { Family } from './family.ts';

/** By model_type of config.json. Each is fetched when a checkpoint asks for it: a page that gives its family carries no other. */
const families: Readonly<Record<string, () => Promise<Family>>> = {
  bert: async () => (await import('../family/bert/index.ts')).bert,
  big_bird: async () => (await import('../family/bigbird/index.ts')).bigBird,
  distilbert: async () => (await import('../family/distilbert/index.ts')).distilbert,
  funnel: async () => (await import('../family/funnel/index.ts')).funnel,
  'hierarchical-transformer': async () => (await import('../family/hat/index.ts')).hat,
  hourglass: async () => (await import('../family/hourglass/index.ts')).hourglass,
  led: async () => (await import('../family/led/index.ts')).led,
  longformer: async () => (await import('../family/longformer/index.ts')).longformer,
  longt5: async () => (await import('../family/longt5/index.ts')).longT5,
  modernbert: async () => (await import('../family/modernbert/index.ts')).modernbert,
  mpnet: async () => (await import('../family/mpnet/index.ts')).mpnet,
  reformer: async () => (await import('../family/reformer/index.ts')).reformer,
  roberta: async () => (await import('../family/roberta/index.ts')).roberta,
  'routing-transformer': async () => (await import('../family/routing-transformer/index.ts')).routingTransformer,
  swin: async () => (await import('../family/swin/index.ts')).swin,
  swinv2: async () => (await import('../family/swinv2/index.ts')).swinv2,
  'transfo-xl': async () => (await import('../family/transformer-xl/index.ts')).transformerXl,
  'universal-sentence-encoder': async () => (await import('../family/universal-sentence-encoder/index.ts')).universalSentenceEncoder,
  'xlm-roberta': async () => (await import('../family/xlm-roberta/index.ts')).xlmRoberta,
};

/** The family of a checkpoint, by what its config says. */
export async function familyOf(caller: string, modelType: unknown): Promise<Family> {
  const load = typeof modelType === 'string' && Object.hasOwn(families, modelType) ? families[modelType] : undefined;
  if (load !== undefined) return load();
  throw new ConfigError({
    caller,
    problem: 'model_type of config.json must be a family that is known.',
    expected: Object.keys(families).join(', '),
    got: modelType === undefined ? 'no model_type' : show(modelType),
    remedy:
      typeof modelType === 'string'
        ? `did you mean ${nearestNames(modelType, Object.keys(families))[0]}? Else give { family } of your own.`
        : 'give { family }: bert of @longspan/models/bert, say.',
  });
}
