import { routingAttention } from '@longspan/attention-sparse';
import { type Padding, padding } from '@longspan/core-tensor';
import { type Fixture, stored } from '../fixture.ts';
import type { Family } from '../replay.ts';
import { rowsOf } from './rows.ts';
import { oneWay } from './way.ts';

/** routing-transformer's KmeansAttention: chosen tokens, output, auxiliary loss and the centroids after it. */
export const attentionRouting: Family = (fixture) => {
  const { config, tensors } = fixture;
  const options = {
    clusterSize: config.number('window_size'),
    keyClusterSize: config.number('context_window_size'),
    causal: config.flag('causal'),
    sharedQueryKey: config.flag('shared_qk'),
    commitment: config.number('commitment'),
    training: config.flag('train'),
    decay: config.number('ema_decay'),
  };
  return {
    ways: oneWay((inputs) => {
      const { out, auxiliaryLoss, centroids, members } = routingAttention(inputs.get('in.q'), inputs.get('in.k'), inputs.get('in.v'), {
        ...options,
        centroids: inputs.get('in.means'),
        ...(tensors.has('param.mem_key') ? { memory: { keys: inputs.get('param.mem_key'), values: inputs.get('param.mem_value') } } : {}),
        padding: paddingOf(fixture, 'in.query_mask'),
        keyPadding: paddingOf(fixture, 'in.key_mask'),
      });
      return { o: out, aux_loss: auxiliaryLoss, means: centroids, indices: members.queries, kv_indices: members.keys };
    }),
  };
};

const paddingOf = (fixture: Fixture, name: string): Padding | undefined =>
  fixture.tensors.has(name) ? padding(rowsOf(stored(fixture, name))) : undefined;
