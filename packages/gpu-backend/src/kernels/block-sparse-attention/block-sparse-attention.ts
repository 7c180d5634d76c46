import { type AttentionKernel, attentionKernel, blockSparseAttentionContract, type KernelTolerance } from '@longspan/core-tensor/kernel';
import { requireDevice } from '../../device/device-lost.ts';
import { type Precision, precisionOf } from '../../device/precision.ts';
import type { BackendOf, Kernel } from '../kernel.ts';
import { backward } from './backward.ts';
import { forward } from './forward.ts';
import { tilesFor, tunedFor } from './tuned.ts';
import { unsupported } from './unsupported.ts';

/** Block-sparse attention in WGSL. */
export const blockSparseAttentionKernel: Kernel = {
  name: blockSparseAttentionContract.name,
  add: (backendOf) => blockSparseAttentionContract.addKernel('webgpu', attentionKernel(attentionInWgsl(backendOf))),
};

const tolerances: Readonly<Record<Precision, KernelTolerance>> = {
  float32: {
    atol: 2e-5,
    rtol: 2e-4,
    reason: 'float32 sums in another order, and exponentials with errors of 3 + 2|x| units in the last place',
  },
  float16: { atol: 2e-3, rtol: 4e-3, reason: 'operands of 11 binary digits' },
};

const attentionInWgsl = (backendOf: BackendOf): AttentionKernel => ({
  name: 'webgpu-tiles',
  unsupported(call) {
    const { device } = backendOf();
    requireDevice(device); // a refusal would hand the call to the reference, on the same lost device
    return unsupported(device.limits, call, precisionOf(device));
  },
  tolerance: tolerances[precisionOf(backendOf().device)],
  note(call) {
    const { device } = backendOf();
    const precision = precisionOf(device);
    const { rows, columns, slices } = tilesFor(device, call).forward;
    const tuned = tunedFor(device, call);
    const why = tuned && `, the fastest that tune() found: ${tuned.milliseconds.toPrecision(3)} ms`;
    return `in tiles of ${rows} queries x ${columns} keys${slices > 1 ? `, values in ${slices} slices` : ''}${precision === 'float16' ? ', operands in float16' : ''}${why ?? ''}`;
  },
  forward: (call) => forward(backendOf(), call),
  backward: (call, cotangents) => backward(backendOf(), call, cotangents),
});
