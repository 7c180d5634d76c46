import { Cast, Identity, type TensorInfo } from '@tensorflow/tfjs-core';
import { replaceKernels } from '../../../tfjs/replace-kernels.ts';
import type { Kernel } from '../../kernel.ts';

/** A call of tfjs's Identity, or of its Cast. */
interface SharedDataCall {
  readonly inputs: { readonly x: TensorInfo };
  readonly attrs: { readonly dtype?: string | undefined };
  readonly backend: { incRef(dataId: object): void };
}

/** A tensor of the same data. No kernel writes where its inputs lie, so that two may share theirs until both are disposed. */
function shared({ inputs, backend }: SharedDataCall): TensorInfo {
  const { dataId, shape, dtype } = inputs.x;
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}

/** tfjs's Identity, and its Cast to the same dtype, without a copy: each tensor that is saved for a gradient goes through Identity. */
export const sharedDataKernels: Kernel = {
  name: `${Identity}, ${Cast}`,
  add: (runtimeOf) =>
    replaceKernels<SharedDataCall>(runtimeOf, {
      [Identity]: (_, call) => (call.inputs.x.dtype === 'string' ? undefined : shared(call)),
      [Cast]: (_, call) => (call.attrs.dtype !== 'string' && call.inputs.x.dtype === call.attrs.dtype ? shared(call) : undefined),
    }),
};
