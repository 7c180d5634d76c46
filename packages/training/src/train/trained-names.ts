import type { Parameters } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import type { Selection } from '../optimizer/selection.ts';
import type { LossModel } from './pass.ts';

/** The parameters that a run trains. In the order of the spec, which a record that comes from a file has lost: sums round by their order. */
export function trainedNames({ spec }: LossModel, parameters: Parameters, trains: Selection): readonly string[] {
  const floats = Object.entries(spec).filter(([name]) => parameters[name]?.dtype === 'float32');
  const trained = floats.filter(([name, { shape }]) => trains(name, shape)).map(([name]) => name);
  if (trained.length > 0) return trained;
  throw new ConfigError({
    caller: 'train',
    problem: 'at least one parameter must be trained.',
    expected: `a float32 parameter that \`trains\` chooses, of ${floats.length === 0 ? 'none' : floats.map(([name]) => name).join(', ')}`,
    got: 'none that it chooses',
    remedy: 'leave trains out for all of them, or mend its patterns.',
  });
}
