import { localAttention } from '@longspan/attention-sparse';
import { stored } from '../fixture.ts';
import type { Family } from '../replay.ts';
import { rowsOf } from './rows.ts';
import { blockSizes } from './way.ts';

/** local-attention's LocalAttention, its edges included. The rotary frequencies stored beside it are constants of the layer. */
export const attentionLocal: Family = (fixture) => {
  const { config } = fixture;
  const [lookBackward, lookForward] = [config.optionalNumber('look_backward'), config.optionalNumber('look_forward')];
  const [scale, xposScaleBase] = [config.optionalNumber('scale'), config.optionalNumber('xpos_scale_base')];
  const keyMask = fixture.tensors.has('in.mask') ? { keyMask: rowsOf(stored(fixture, 'in.mask')) } : {};
  const options = {
    bucketSize: config.number('window_size'),
    causal: config.flag('causal'),
    sharedQueryKey: config.flag('shared_qk'),
    autopad: config.flag('autopad'),
    exactWindow: config.flag('exact_windowsize'),
    // The reference turns queries and keys only where it was told how wide they are.
    rotary: config.raw('dim') !== undefined && (config.raw('use_rotary_pos_emb') === undefined || config.flag('use_rotary_pos_emb')),
    xpos: config.flag('use_xpos'),
    ...(lookBackward === undefined ? {} : { lookBackward }),
    ...(lookForward === undefined ? {} : { lookForward }),
    ...(scale === undefined ? {} : { scale }),
    ...(xposScaleBase === undefined ? {} : { xposScaleBase }),
  };
  const ways = blockSizes((blocks) => {
    const layer = localAttention({ ...options, ...blocks });
    return (inputs) => ({
      o: layer.apply({}, { query: inputs.get('in.q'), key: inputs.get('in.k'), value: inputs.get('in.v'), ...keyMask }),
    });
  });
  return { ways };
};
