import { layerNorm } from '@longspan/core-tensor';
import type { Family } from '../replay.ts';
import { oneWay } from './way.ts';

/** torch's layer_norm over the last axis. */
export const opsLayerNorm: Family = ({ config }) => {
  const shape = config.numbers('normalized_shape');
  const [width] = shape;
  if (width === undefined || shape.length !== 1) throw new Error(`config.normalized_shape must have one axis, got [${shape.join(', ')}]`);
  const layer = layerNorm({ width, epsilon: config.number('eps'), weight: config.flag('elementwise_affine') });
  return { ways: oneWay((inputs) => ({ y: layer.apply(inputs.parameters(), inputs.get('in.x')) })) };
};
