import { ConfigError } from '@longspan/core-tensor/error';

/** What is asked of an adapter that has it. */
const wanted: readonly GPUFeatureName[] = ['subgroups', 'shader-f16', 'timestamp-query'];

/** Why there is no device, as a sentence without a full stop. */
export interface NoDevice {
  readonly reason: string;
}

const gpuOf = (): GPU | undefined => (globalThis as { readonly navigator?: { readonly gpu?: GPU } }).navigator?.gpu;

/**
 * A device with all that the adapter has of what we want, and with its limits.
 * @param features exactly these features, instead of those that we want
 * @throws ConfigError where the adapter lacks one of `features`
 */
export async function requestDevice(
  caller: string,
  features: readonly GPUFeatureName[] | undefined,
): Promise<{ readonly device: GPUDevice; readonly info: GPUAdapterInfo } | NoDevice> {
  const gpu = gpuOf();
  if (gpu === undefined) return { reason: 'there is no navigator.gpu: this engine has no WebGPU, or the page is no secure context' };
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }); // one device each, so a fresh one
  if (adapter === null) return { reason: 'navigator.gpu has no adapter: no graphics card or driver that WebGPU accepts' };
  const missing = features?.filter((feature) => !adapter.features.has(feature)) ?? [];
  if (missing.length > 0) {
    throw new ConfigError({
      caller,
      problem: 'features must be ones that the adapter has.',
      expected: [...adapter.features].join(', '),
      got: missing.join(', '),
      remedy: 'leave features out for those that are there.',
    });
  }
  const requiredFeatures = features ?? wanted.filter((feature) => adapter.features.has(feature));
  const device = await adapter.requestDevice({ requiredFeatures: [...requiredFeatures], requiredLimits: limitsOf(adapter.limits) });
  return { device, info: adapter.info };
}

/** The limits by name. They are getters of a prototype, so nothing that copies own fields sees them. */
export function limitsOf(limits: GPUSupportedLimits): Record<string, number> {
  const found: Record<string, number> = {};
  const all = limits as object as Readonly<Record<string, unknown>>;
  for (const name in all) {
    const value = all[name];
    if (name.startsWith('max') && typeof value === 'number') found[name] = value;
    else if (name.startsWith('min') && typeof value === 'number') found[name] = value;
  }
  return found;
}
