import { localAttentionAsPublished } from '@longspan/attention-sparse';
import { padding } from '@longspan/core-tensor';
import { stored } from '../fixture.ts';
import type { Family } from '../replay.ts';
import { rowsOf } from './rows.ts';
import { blockSizes } from './way.ts';

/** local-attention's LocalAttention, its faults included. The rotary frequencies stored beside it are constants of the layer. */
export const attentionLocal: Family = (fixture) => {
  const { config } = fixture;
  const options = {
    bucketSize: config.number('window_size'),
    causal: config.flag('causal'),
    sharedQueryKey: config.flag('shared_qk'),
    autopad: config.flag('autopad'),
    exactWindow: config.flag('exact_windowsize'),
    // The reference turns queries and keys only where it was told how wide they are.
    rotary: config.raw('dim') !== undefined && (config.raw('use_rotary_pos_emb') === undefined || config.flag('use_rotary_pos_emb')),
    xpos: config.flag('use_xpos'),
    before: config.optionalNumber('look_backward'),
    after: config.optionalNumber('look_forward'),
    scale: config.optionalNumber('scale'),
    scaleBase: config.optionalNumber('xpos_scale_base'),
    padding: fixture.tensors.has('in.mask') ? padding(rowsOf(stored(fixture, 'in.mask'))) : undefined,
  };
  const ways = blockSizes((blocks) => (inputs) => ({
    o: localAttentionAsPublished(inputs.get('in.q'), inputs.get('in.k'), inputs.get('in.v'), { ...options, ...blocks }).out,
  }));
  return { ways };
};
