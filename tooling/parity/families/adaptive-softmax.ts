import { adaptiveSoftmax } from '@longspan/memory-xl';
import { gather, reshape, slice, tensor1d } from '@tensorflow/tfjs-core';
import { stored } from '../fixture.ts';
import type { Family } from '../replay.ts';
import { clusterOrder } from './cluster-order.ts';
import { rowsOf } from './rows.ts';
import { oneWay } from './way.ts';

/** The log-probabilities of all tokens, and each token's loss for the one after it; the reference shifts labels by itself. */
export const adaptiveSoftmaxFamily: Family = (fixture) => {
  const { config } = fixture;
  const vocabulary = config.number('n_token');
  const cutoffs = config.numbers('cutoffs');
  const softmax = adaptiveSoftmax({
    vocabulary,
    width: config.number('d_proj'),
    embeddingWidth: config.number('d_embed'),
    cutoffs,
    widthDivisor: config.number('div_val'),
  });
  const targets = rowsOf(stored(fixture, 'in.labels')).flatMap((row) => row.slice(1));
  const byCluster = clusterOrder(targets, cutoffs);
  return {
    ways: oneWay((inputs) => {
      const [parameters, hidden] = [inputs.parameters(), inputs.get('in.hidden')];
      const [batch, length, width] = hidden.shape as [number, number, number];
      const nll = reshape(softmax.apply(parameters, slice(hidden, [0, 0, 0], [batch, length - 1, width]), { targets }), [-1]);
      return {
        log_probs: reshape(softmax.logProbabilities.apply(parameters, hidden), [batch * length, vocabulary]),
        nll,
        nll_by_cluster: gather(nll, tensor1d(byCluster, 'int32')),
      };
    }),
  };
};
