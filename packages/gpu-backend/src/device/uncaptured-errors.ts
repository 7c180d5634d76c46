/**
 * Says what WebGPU reports of a device and nobody else listens to. tfjs encodes many operations into one batch, and one that is invalid
 * loses all of it: what should have been written then holds old numbers.
 * @returns stops listening
 */
export function reportUncapturedErrors(device: GPUDevice): () => void {
  const report = (event: Event): void => {
    const { error } = event as GPUUncapturedErrorEvent;
    console.error(
      `gpu-backend: an operation before this message was invalid, and what was computed with it in one batch is wrong: ${error.message}`,
    );
  };
  device.addEventListener('uncapturederror', report);
  return () => device.removeEventListener('uncapturederror', report);
}
