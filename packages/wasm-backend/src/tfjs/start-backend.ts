import { ConfigError } from '@longspan/core-tensor/error';
import { env, setBackend } from '@tensorflow/tfjs-core';
import { whyNoThreads } from '../threads/why-not.ts';
import { withoutRethrowing } from './rethrowing-listeners.ts';
import { inSharedMemory } from './shared-tfjs.ts';

/** Two callers at once start one backend. */
let starting: Promise<boolean> | undefined;

const tfjsThreads = 'WASM_HAS_MULTITHREAD_SUPPORT';

/**
 * Starts tfjs's wasm backend and makes it the current one. It runs on one thread of its own, unless that flag was set before: tfjs hands
 * its workers the source of a function, from which a minifier has taken the names that it needs, and then waits for them for ever
 * (tfjs 4.22, cross-origin isolated pages bundled by Vite 8 and webpack 5). Our threads need none of tfjs's.
 * @param threads that are to work on its tensors: for more than one its memory is shared, where this engine can share any
 */
export async function startBackend(threads: number): Promise<void> {
  if (!(tfjsThreads in env().getFlags())) env().set(tfjsThreads, false);
  starting ??= start(threads).finally(() => {
    starting = undefined;
  });
  if (await starting) return;
  const refusal = await compilationRefusal();
  if (refusal !== undefined) {
    throw new ConfigError({
      caller: 'register',
      problem: "the page's Content-Security-Policy must allow WebAssembly.",
      expected: "'wasm-unsafe-eval' in script-src",
      got: refusal,
      remedy: "add 'wasm-unsafe-eval' to script-src; unlike 'unsafe-eval' it allows no JavaScript from text.",
    });
  }
  throw new ConfigError({
    caller: 'register',
    problem: "tfjs's wasm backend must start.",
    expected: "its .wasm files beside the page's script, or where setWasmPaths() says",
    got: "what tfjs's warning says",
    remedy:
      "copy them from @tensorflow/tfjs-backend-wasm/dist to where the page is served, and setWasmPaths('/that/folder/') before register().",
  });
}

/** Why the engine compiles no WebAssembly at all, as under a policy that forbids it. */
async function compilationRefusal(): Promise<string | undefined> {
  try {
    await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)); // an empty module
    return undefined;
  } catch (error) {
    return String((error as Partial<Error>).message ?? error).split('\n')[0];
  }
}

const start = (threads: number): Promise<boolean> => {
  const set = () => withoutRethrowing(() => setBackend('wasm'));
  return threads > 1 && whyNoThreads() === undefined ? inSharedMemory(set) : set();
};
