import { passes } from '../../attention/method.ts';
import type { Pace } from '../../figures/alternate.ts';
import type { ExperimentOptions, Point } from '../../run/experiment.ts';
import type { GpuInput, GpuTask } from './input.ts';
import { sizesOf } from './sizes.ts';

export const adapterPoint = 'adapter';

export function pointsOf(options: ExperimentOptions): readonly Point<GpuInput>[] {
  const { seed, full } = options;
  const pace: Pace = full ? { rounds: 15, budgetSeconds: 4, turnSeconds: 0.02 } : { rounds: 9, budgetSeconds: 1, turnSeconds: 0.01 };
  const point = (name: string, task: GpuTask, weight = 1): Point<GpuInput> => ({
    name,
    input: { seed, pace, ...task },
    weight,
    budgetSeconds: 240,
  });
  const { window, fullBlocks, lengths, linear, training } = sizesOf(options);
  return [
    point(adapterPoint, { kind: 'adapter' }, 0.2),
    ...passes.map((pass) => point(`${pass} against dense`, { kind: 'attention', pass, ...window })),
    point('full blocks', { kind: 'full blocks', ...fullBlocks }),
    ...passes.map((pass) => point(`growth, ${pass}`, { kind: 'growth', pass, ...window, lengths })),
    point('linear', { kind: 'linear', ...linear }),
    point('training', { kind: 'training', ...training }, 2),
  ];
}
