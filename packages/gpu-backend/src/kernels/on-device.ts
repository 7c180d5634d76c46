import { requireDevice } from '../device/device-lost.ts';
import type { TfjsWebGpu } from '../tfjs/tfjs-webgpu.ts';
import type { BackendOf } from './kernel.ts';

/**
 * A kernel's `unsupported`, asked of a device that is there: a refusal would hand the call to the reference, on the same lost device.
 * @param why a sentence without a full stop, or null
 */
export const onDevice =
  <Inputs, Attributes>(backendOf: BackendOf, why: (backend: TfjsWebGpu, inputs: Inputs, attributes: Attributes) => string | null) =>
  (inputs: Inputs, attributes: Attributes): string | null => {
    const backend = backendOf();
    requireDevice(backend.device);
    return why(backend, inputs, attributes);
  };
