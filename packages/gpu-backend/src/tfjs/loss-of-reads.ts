import { lossOf } from '../device/device-lost.ts';
import type { TfjsWebGpu } from './tfjs-webgpu.ts';

/** How long a read that failed waits for the word that the device is lost, ms: both come from the same loss, in any order. */
const patience = 100;

/**
 * Makes data() of tensors fail by a DeviceLostError once the device is lost, also where it was waiting. tfjs's own error has no text, or
 * speaks of a buffer.
 * @returns puts tfjs's own reading back
 */
export function readsSayLoss(backend: TfjsWebGpu): () => void {
  const own = backend.read;
  backend.read = async (dataId) => {
    try {
      return await own.call(backend, dataId);
    } catch (error) {
      const { device } = backend;
      if (lossOf(device) === undefined) await Promise.race([device.lost, new Promise((done) => setTimeout(done, patience))]);
      throw lossOf(device) ?? error;
    }
  };
  return () => {
    backend.read = own;
  };
}
