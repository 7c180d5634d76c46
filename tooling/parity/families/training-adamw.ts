import { adamW, parameterGroups } from '@longspan/training';
import { valuesOf } from '../fixture.ts';
import type { Family } from '../replay.ts';
import { optimizerRun } from './optimizer-run.ts';
import { oneWay } from './way.ts';

const parts = { exp_avg: 'firstMoment', exp_avg_sq: 'secondMoment' };

/** torch's AdamW over some steps, in groups, with learning rates of a schedule where there is one. */
export const trainingAdamW: Family = ({ config, tensors }) => {
  const groups = config.list('groups');
  const scheduled = tensors.get('in.lr');
  const rates = scheduled === undefined ? undefined : valuesOf(scheduled).values;
  const optimizer = parameterGroups(
    groups.map((group) => {
      const names = group.raw('params');
      const [beta1, beta2] = group.numbers('betas') as [number, number];
      return {
        of: (name: string) => Array.isArray(names) && names.includes(name),
        optimizer: adamW({ beta1, beta2, epsilon: group.number('eps'), weightDecay: group.number('weight_decay') }),
        rate: rates === undefined ? group.number('lr') : 1,
      };
    }),
  );
  const ways = oneWay((inputs) =>
    optimizerRun(inputs, config.number('steps'), { parameters: inputs.parameters(), state: {}, parts, optimizer }, (at) => ({
      learningRate: rates?.[at] ?? 1,
    })),
  );
  return { ways };
};
