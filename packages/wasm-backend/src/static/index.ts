import type { Binaries } from '../binary/load.ts';
import * as relaxedSimd from '../generated/relaxed-simd.ts';
import * as simd128 from '../generated/simd128.ts';
import { type RegisterOptions, type Registration, registerWith } from '../register.ts';

const binaries: Binaries = {
  simd128: () => Promise.resolve(simd128),
  'relaxed-simd': () => Promise.resolve(relaxedSimd),
};

/**
 * `register` of `@longspan/wasm-backend` with both builds of the kernels in the same file: for places that forbid `import()`, as service
 * workers and the background of a browser extension do. A page takes the other one, which fetches the one build that it needs.
 * @throws ConfigError as the other one
 * @cost that of the other one; 40 kB more in the bundle, compressed
 * @example
 * // import { register } from '@longspan/wasm-backend/static';
 * const registration = await register({ threads: 1 });
 * registration.threads; // => 1
 * registration.unregister();
 */
export const register = (options: RegisterOptions = {}): Promise<Registration> => registerWith(binaries, options);

export { HeapFullError } from '../heap/heap-full.ts';
export type { RegisterOptions, Registration } from '../register.ts';
