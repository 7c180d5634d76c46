import type { Device } from '../../compute/device.ts';
import { startDevice } from '../../compute/start-device.ts';
import { type Hashed, type HashRequest, hashVectors } from './hash-vectors.ts';
import { measureRecall, type Recall, type RecallRequest } from './recall.ts';

let device: Promise<Device> | undefined;

/** A few thousand numbers: WebAssembly has them before a graphics card is asked. */
const started = (site: string): Promise<Device> => {
  device ??= startDevice(site, 'wasm');
  return device;
};

export const api = {
  async hash(site: string, request: HashRequest): Promise<Hashed> {
    await started(site);
    return hashVectors(request);
  },

  async recall(site: string, request: RecallRequest, tell: (so: Recall) => void): Promise<Recall> {
    await started(site);
    return measureRecall(request, tell);
  },
};
