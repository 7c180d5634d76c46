import { describeConformance, type Place } from '@longspan/tooling/conformance';
import { isWhole } from '@longspan/tooling/expect';
import { contractKernels } from '../src/kernels/index.ts';
import { addAll } from '../src/kernels/kernel.ts';
import { builds, openBuild } from './builds.ts';

/** Either build and either number of threads, once each; in `.ci/full` every pair of them. */
const tried = isWhole ? builds : builds.filter(({ instructions, threads }) => (instructions === 'simd128') === (threads === 1));

const places: readonly Place[] = tried.map((build) => ({
  label: `our kernels for ${build.instructions} on ${build.threads} threads`,
  kernel: 'wasm-simd',
  enter: async () => {
    const open = await openBuild(build);
    const remove = addAll(contractKernels, open.runtimeOf);
    return () => {
      remove();
      open.close();
    };
  },
}));

// A linear map of what is activated is two calls there.
describeConformance(places, { longest: 200, isTried: (label) => !label.startsWith('activated') });
