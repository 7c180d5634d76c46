import { passes } from '../../attention/method.ts';
import type { Pace } from '../../figures/alternate.ts';
import type { ExperimentOptions, Point } from '../../run/experiment.ts';
import { type GpuInput, type GpuTask, type RuntimeWork, runtimeWorks } from './input.ts';
import { runtimeFolder } from './runtime/install-runtime.ts';
import { sizesOf } from './sizes.ts';

export const adapterPoint = 'adapter';
export const installPoint = 'installing onnxruntime-web';
/** The flag by which a quick run has them too. */
export const runtimeFlag = 'runtime';
export const runtimePoint = ({ pattern, precision }: RuntimeWork): string => `${pattern}, ${precision}`;

export function pointsOf(options: ExperimentOptions): readonly Point<GpuInput>[] {
  const { seed, full, flags } = options;
  const pace: Pace = full ? { rounds: 15, budgetSeconds: 4, turnSeconds: 0.02 } : { rounds: 9, budgetSeconds: 1, turnSeconds: 0.01 };
  const point = (name: string, task: GpuTask, weight = 1): Point<GpuInput> => ({
    name,
    input: { seed, pace, ...task },
    weight,
    budgetSeconds: 240,
  });
  const { window, fullBlocks, lengths, linear, training } = sizesOf(options);
  const runtimePoints = (): Point<GpuInput>[] => [
    { ...point(installPoint, { kind: 'install', folder: runtimeFolder }), mayFail: true },
    ...runtimeWorks.map(
      (work): Point<GpuInput> => ({
        ...point(runtimePoint(work), { kind: 'runtime', ...work, folder: runtimeFolder, ...window }),
        mayFail: true,
        needs: installPoint,
      }),
    ),
  ];
  return [
    point(adapterPoint, { kind: 'adapter' }, 0.2),
    ...passes.map((pass) => point(`${pass} against dense`, { kind: 'attention', pass, ...window })),
    point('full blocks', { kind: 'full blocks', ...fullBlocks }),
    ...(full || flags[runtimeFlag] === true ? runtimePoints() : []),
    ...passes.map((pass) => point(`growth, ${pass}`, { kind: 'growth', pass, ...window, lengths })),
    point('linear', { kind: 'linear', ...linear }),
    point('training', { kind: 'training', ...training }, 2),
  ];
}
