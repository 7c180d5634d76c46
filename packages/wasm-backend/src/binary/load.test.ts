import { ConfigError } from '@longspan/core-tensor/error';
import { withBackend } from '@longspan/tooling/expect';
import { expect, it } from 'vitest';
import { registerWith } from '../register.ts';
import { register } from '../static/index.ts';
import { type Binaries, compileKernels } from './load.ts';

const forbidden = new TypeError(
  'import() is disallowed on ServiceWorkerGlobalScope by the HTML specification. See https://github.com/w3c/ServiceWorker/issues/1356.',
);

const explained = (got: string): string => `register: import() must load the kernels.
  expected  a place that allows import(), and the bundle's chunk with the kernels for simd128
  got       ${got}
  remedy    in a service worker or the background of an extension take register from '@longspan/wasm-backend/static', which needs no import(); elsewhere serve all chunks of the bundle.`;

const failingWith = (fail: () => never): Binaries => ({ simd128: async () => fail(), 'relaxed-simd': async () => fail() });

it.each<[string, unknown, string]>([
  ['import() is forbidden, as in a service worker', forbidden, forbidden.message],
  [
    'a chunk is missing',
    new TypeError('Failed to fetch dynamically imported module: /chunk.js'),
    'Failed to fetch dynamically imported module: /chunk.js',
  ],
  ['an error is none', 'no', 'no'],
  ['an error has several lines', new Error('one\ntwo'), 'one'],
])('where %s, the error names the entry that needs no import()', async (_, cause, got) => {
  const failed: unknown = await compileKernels(
    'simd128',
    failingWith(() => {
      throw cause;
    }),
  ).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(ConfigError);
  expect([(failed as ConfigError).message, (failed as ConfigError).cause]).toEqual([explained(got), cause]);
});

it('an import() that throws at once is explained likewise', async () => {
  const binaries: Binaries = {
    simd128: () => {
      throw forbidden;
    },
    'relaxed-simd': () => {
      throw forbidden;
    },
  };
  await expect(compileKernels('simd128', binaries)).rejects.toThrow(explained(forbidden.message));
});

it('register() fails with that error, and the entry it names works after it', async () => {
  await withBackend('wasm');
  const options = { threads: 1, instructions: 'simd128' } as const;
  await expect(
    registerWith(
      failingWith(() => {
        throw forbidden;
      }),
      options,
    ),
  ).rejects.toThrow(explained(forbidden.message));
  const registration = await register(options);
  expect(registration.instructions).toBe('simd128');
  registration.unregister();
});
