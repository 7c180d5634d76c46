import type { Instructions } from '@longspan/wasm-backend';
import type { ExperimentOptions, Flag } from '../../run/experiment.ts';

/** Which build of the kernels runs: the best that the engine has, by default. */
export const buildFlag: Flag = {
  name: 'instructions',
  value: 'build',
  about: 'the build of the kernels',
  choices: ['simd128', 'relaxed-simd'],
};

/** The build that was asked for. */
export const buildOf = ({ flags }: Pick<ExperimentOptions, 'flags'>): Instructions | undefined =>
  flags[buildFlag.name] as Instructions | undefined; // one of the flag's choices

/** What Node is to be given for that build: Node 22 has relaxed SIMD on; Node 20 only after a flag, which later versions may not know. */
export const engineArguments = (build: Instructions | undefined): string[] =>
  build === 'relaxed-simd' && Number(process.versions.node.split('.')[0]) < 22 ? ['--experimental-wasm-relaxed-simd'] : [];
