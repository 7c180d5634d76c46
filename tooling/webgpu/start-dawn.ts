import { howToInstall } from './environment.ts';

// A gpu object that is collected takes its devices along.
let held: GPU | undefined;

/**
 * Gives this process WebGPU, as a page has it: Dawn, from npm's `webgpu`, behind navigator.gpu. The environment has to name an adapter
 * (`adapterEnvironment`). Twice is harmless.
 * @param options Dawn's own, as `disable-dawn-features=timestamp_quantization`; none, as in a page, by default
 * @throws Error where there is no adapter: a test that is skipped for lack of one looks like success
 */
export async function startDawn(options: readonly string[] = []): Promise<GPU> {
  if (held !== undefined) return held;
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu: GPU = create([...options]);
  held = gpu;
  if (globalThis.navigator === undefined) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true }); // Node 20
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  if ((await gpu.requestAdapter()) === null) {
    throw new Error(
      `WebGPU must find an adapter.\n  expected  a driver for Vulkan, and libvulkan.so.1\n  got       none (VK_ICD_FILENAMES=${process.env['VK_ICD_FILENAMES'] ?? ''})\n  remedy    ${howToInstall}`,
    );
  }
  return gpu;
}
