import { ConfigError, nearestNames, show } from '@longspan/core-tensor/error';
import type { Family } from './family.ts';

/** By model_type of config.json. Each is fetched when a checkpoint asks for it: a page that gives its family carries no other. */
const families: Readonly<Record<string, () => Promise<Family>>> = {
  bert: async () => (await import('../family/bert/index.ts')).bert,
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
