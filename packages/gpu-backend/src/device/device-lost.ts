import { ExplainedError } from '@longspan/core-tensor/error';

/** The WebGPU device is gone: destroyed, reset by the driver, or its process ended. Its tensors are gone with it. */
export class DeviceLostError extends ExplainedError {
  override readonly name: string = 'DeviceLostError';
}

/** Which devices are lost, and how it was said. */
const losses = new WeakMap<GPUDevice, DeviceLostError>();

export const lossOf = (device: GPUDevice): DeviceLostError | undefined => losses.get(device);

/** @throws DeviceLostError where the device is lost: before anything is encoded for it */
export function requireDevice(device: GPUDevice): void {
  const loss = losses.get(device);
  if (loss !== undefined) throw loss;
}

/** Remembers the loss of a device once it happens. @param heard called then */
export function watchForLoss(device: GPUDevice, heard: () => void = () => {}): void {
  void device.lost.then(({ reason, message }) => {
    losses.set(
      device,
      new DeviceLostError({
        caller: 'gpu-backend',
        problem: 'the WebGPU device must be there.',
        expected: 'a device that is not lost',
        got: `a loss: ${reason}${message ? `, ${message}` : ''}`,
        remedy: 'await register() again, and make all tensors anew (weights from a checkpoint): those of the old device are lost.',
      }),
    );
    heard();
  });
}
