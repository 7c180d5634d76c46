import { ConfigError, show } from '@longspan/core-tensor/error';
import type { Family } from '../../pretrained/family.ts';

/** The one of the worker's families of that model_type; undefined where the worker was given none. */
export function chosenFamily(caller: string, families: readonly Family[] | undefined, modelType: unknown): Family | undefined {
  if (families === undefined) return undefined;
  const found = families.find((each) => each.modelType === modelType);
  if (found !== undefined) return found;
  throw new ConfigError({
    caller,
    problem: 'the worker must have been given the family of the checkpoint.',
    expected: families.map((each) => each.modelType).join(', '),
    got: show(modelType),
    remedy: 'import it in the file of the worker, and name it: serveModels({ families: [bert] }).',
  });
}
