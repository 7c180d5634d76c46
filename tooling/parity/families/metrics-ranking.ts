import { hitsAtK, meanReciprocalRank, recallAtK } from '@longspan/training';
import type { Config } from '../config.ts';

/** Rankings beside what is relevant. */
export function metricsRanking(inputs: Config): Readonly<Record<string, number>> {
  const k = inputs.number('k');
  const batch = {
    rankings: inputs.raw('rankings') as readonly (readonly number[])[],
    relevant: inputs.raw('relevant') as readonly (readonly number[])[],
  };
  const metrics = {
    mrr: meanReciprocalRank(),
    mrr_at_k: meanReciprocalRank({ k }),
    recall_at_k: recallAtK({ k }),
    hits_at_k: hitsAtK({ k }),
  };
  for (const metric of Object.values(metrics)) metric.add(batch);
  return Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, metric.value()]));
}
