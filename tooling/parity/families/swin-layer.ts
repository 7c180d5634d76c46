import { swinLayer } from '@longspan/attention-sparse';
import type { Family } from '../replay.ts';
import { oneWay } from './way.ts';

/** A whole layer of Swin over an image of any size. */
export const swinLayerFamily: Family = ({ config }) => {
  const width = config.number('dim');
  const epsilon = config.optionalNumber('layer_norm_eps');
  const ratio = config.optionalNumber('mlp_ratio');
  const layer = swinLayer({
    width,
    heads: config.number('num_heads'),
    windowSide: config.number('window_size'),
    shift: config.number('shift_size'),
    bias: config.raw('qkv_bias') === undefined || config.flag('qkv_bias'),
    innerWidth: ratio === undefined ? undefined : Math.trunc(ratio * width),
    epsilon,
  });
  const grid = { height: config.number('height'), width: config.number('width') };
  return {
    ways: oneWay((inputs) => ({ hidden_states: layer.apply(inputs.parameters(), inputs.get('in.hidden_states'), { grid }) })),
  };
};
