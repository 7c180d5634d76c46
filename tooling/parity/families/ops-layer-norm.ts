import { layerNorm } from '@longspan/core-tensor';
import type { Family } from '../replay.ts';
import { oneWay } from './way.ts';

/** torch's layer_norm over the last axis. */
export const opsLayerNorm: Family = ({ config }) => {
  const shape = config.numbers('normalized_shape');
  const [size] = shape;
  if (size === undefined || shape.length !== 1) throw new Error(`config.normalized_shape is [${shape.join(', ')}], expected one axis`);
  const layer = layerNorm({ size, epsilon: config.number('eps'), affine: config.flag('elementwise_affine') });
  return { ways: oneWay((inputs) => ({ y: layer.apply(inputs.parameters(), inputs.get('in.x')) })) };
};
