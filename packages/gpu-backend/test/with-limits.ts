import { webgpu } from './tfjs-parts.ts';

/** Runs with limits of the device that are narrower than they are. */
export async function withLimits<Result>(
  narrow: Partial<Record<keyof GPUSupportedLimits, number>>,
  run: () => Promise<Result>,
): Promise<Result> {
  const { device } = webgpu();
  const { limits } = device;
  const seen = new Proxy(limits, { get: (of, name) => Reflect.get(narrow, name) ?? Reflect.get(of, name, of) });
  Object.defineProperty(device, 'limits', { value: seen, configurable: true });
  try {
    return await run();
  } finally {
    Object.defineProperty(device, 'limits', { value: limits, configurable: true });
  }
}
