import { gelu } from '@longspan/core-tensor';
import type { Family } from '../replay.ts';
import { oneWay } from './way.ts';

/** torch's gelu, exact or by the tanh approximation. */
export const opsGelu: Family = ({ config }) => {
  const approximate = config.oneOf('approximate', ['none', 'tanh']);
  return { ways: oneWay((inputs) => ({ y: gelu(inputs.get('in.x'), approximate) })) };
};
