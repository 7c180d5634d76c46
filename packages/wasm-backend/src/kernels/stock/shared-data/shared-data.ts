import { Cast, Identity, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';
import { replaceKernel } from '../../../tfjs/replace-kernel.ts';

/** A tensor of the same data. No kernel writes where its inputs lie, so that two may share theirs until both are disposed. */
const shared: (call: Parameters<KernelFunc>[0]) => TensorInfo = ({ inputs, backend }) => {
  const { dataId, shape, dtype } = inputs['x'] as TensorInfo;
  (backend as { incRef(dataId: object): void }).incRef(dataId);
  return { dataId, shape, dtype };
};

/**
 * tfjs's Identity, and its Cast to the same dtype, without a copy: each tensor that is saved for a gradient goes through Identity.
 * @returns puts the stock kernels back
 */
export function registerSharedData(): () => void {
  const undo = [
    replaceKernel(Identity, (stock) => (call) => (call.inputs['x']?.dtype === 'string' ? stock(call) : shared(call))),
    replaceKernel(Cast, (stock) => (call) => {
      const { dtype } = call.attrs as object as { readonly dtype: string };
      return dtype !== 'string' && call.inputs['x']?.dtype === dtype ? shared(call) : stock(call);
    }),
  ];
  return () => {
    for (const each of undo) each();
  };
}
