import { describeConformance, type Place } from '@longspan/tooling/conformance';
import { isTried, isWhole } from '@longspan/tooling/expect';
import { contractKernels } from '../src/kernels/index.ts';
import { addAll } from '../src/kernels/kernel.ts';
import { type Build, builds, openBuild } from './builds.ts';

/** Either build and either number of threads, once each, and each call on one of the two; in `.ci/full` every call on every pair of them. */
const tried = isWhole ? builds : builds.filter(({ instructions, threads }) => (instructions === 'simd128') === (threads === 1));

const place = (build: Build): Place => ({
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
});

tried.forEach((build, at) => {
  // A linear map of what is activated is two calls there.
  describeConformance([place(build)], { longest: 200, isTried: (label) => !label.startsWith('activated') && isTried(label, 2, at) });
});
