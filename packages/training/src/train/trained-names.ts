import type { Parameters } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import type { Selection } from '../optimizer/selection.ts';
import type { LossModel } from './pass.ts';

/**
 * The parameters that a run trains; weights that are packed and chosen too are told on the console. In the order of the spec, which a record that comes from a file has lost: sums
 * round by their order.
 */
export function trainedNames({ spec }: LossModel, parameters: Parameters, trains: Selection): readonly string[] {
  const floats = Object.entries(spec).filter(([name]) => parameters[name]?.dtype === 'float32');
  const trained = floats.filter(([name, { shape }]) => trains(name, shape)).map(([name]) => name);
  tellPacked(
    Object.entries(spec).flatMap(([name, { shape }]) => (isPacked(spec, parameters, name) && trains(name, shape) ? [name] : [])),
    Object.keys(spec).length,
  );
  if (trained.length > 0) return trained;
  throw new ConfigError({
    caller: 'train',
    problem: 'at least one parameter must be trained.',
    expected: `a float32 parameter that \`trains\` chooses, of ${floats.length === 0 ? 'none' : floats.map(([name]) => name).join(', ')}`,
    got: 'none that it chooses',
    remedy: 'leave trains out for all of them, or mend its patterns.',
  });
}

/** A weight of a linear map whose numbers were packed into integers. */
const isPacked = (spec: LossModel['spec'], parameters: Parameters, name: string): boolean =>
  spec[name]?.packable === true && parameters[name]?.dtype === 'int32';

/** Whoever chose them would wait for them to learn. */
function tellPacked(packed: readonly string[], count: number): void {
  if (packed.length === 0) return;
  const names = `${packed.slice(0, 3).join(', ')}${packed.length > 3 ? ', …' : ''}`;
  console.warn(
    `train: ${packed.length} of ${count} parameters are packed, and stay as they are: ${names}. Read the checkpoint with precision: 'float32' to ` +
      'train them, or train lora(model, parameters) beside them; a `trains` that leaves them out ends this message.',
  );
}
