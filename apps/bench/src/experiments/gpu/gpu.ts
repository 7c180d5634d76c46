import type { Ending } from '../../process/ending.ts';
import { launch } from '../../process/launch.ts';
import type { Experiment } from '../../run/experiment.ts';
import { type AdapterChoice, adapterChoices, chosenAdapter } from './device/adapter-environment.ts';
import type { GpuFigures, GpuInput } from './input.ts';
import { installPoint, pointsOf, runtimeFlag } from './points.ts';
import { adapterTable, countTable, gpuHeadline, targetTable } from './table.ts';

/** How fast the kernels of gpu-backend are on this machine's graphics card, beside tfjs's own and beside the card's peak. */
export const gpu: Experiment<GpuInput, GpuFigures> = {
  name: 'gpu',
  about: 'The kernels of gpu-backend on a WebGPU adapter, each checked, and beside what it must reach on a graphics card.',
  flags: [
    {
      name: 'adapter',
      value: 'whose',
      about: "the software adapter, or the machine's own; by default that where it is a graphics card. VK_ICD_FILENAMES comes first",
      choices: adapterChoices,
    },
    {
      name: runtimeFlag,
      about: 'beside onnxruntime-web too, which npm installs into apps/bench/.peers the first time; --full has it in any case',
    },
    { name: 'pack', value: 'file', about: 'measures nothing, and makes an archive (.tar.gz) that does on another Linux machine' },
  ],
  docs: 'all tables',
  async environment({ flags }, signal) {
    const look = (environment: Readonly<Record<string, string>>) => lookAtAdapter(environment, signal);
    return (await chosenAdapter(flags['adapter'] as AdapterChoice | undefined, process.env, look)).environment;
  },
  async instead({ flags }, userFolder) {
    const file = flags['pack'];
    return typeof file === 'string' ? (await import('./pack/pack.ts')).pack(file, userFolder) : undefined;
  },
  points: pointsOf,
  run: async (input, reporter) => (await import('./work/run-gpu.ts')).runGpu(input, reporter),
  skip({ input }, { outcomes }) {
    const ending = input.kind === 'runtime' ? outcomes.find(({ point }) => point === installPoint)?.ending : undefined;
    return ending?.kind === 'failed' ? `${installPoint} failed: ${ending.error}` : undefined;
  },
  tables: (findings) => [targetTable(findings), countTable(findings), adapterTable(findings)],
  headline: gpuHeadline,
};

/**
 * What the point 'adapter' finds in a process with that environment.
 * @param file the program of the process; one that is made of the sources by default
 */
export async function lookAtAdapter(
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
  file?: string,
): Promise<Ending<GpuFigures>> {
  const [point] = pointsOf({ seed: 0, full: false, flags: {} });
  const ending = await launch({ experiment: 'gpu', input: point?.input }, { environment, signal, file, onProgress: () => {} });
  return ending as Ending<GpuFigures>; // what run gives, through JSON
}
