import { ConfigError, requireKnown, show } from '@longspan/core-tensor/error';
import { backend, findBackendFactory, getBackend, ready } from '@tensorflow/tfjs-core';
import { type Instructions, instructionSets } from './binary/instructions.ts';
import { type Binaries, type CompiledKernels, compileKernels } from './binary/load.ts';
import type { Heap } from './heap/heap.ts';
import { kernels } from './kernels/index.ts';
import { addAll } from './kernels/kernel.ts';
import { runtimesOf } from './runtime/runtime.ts';
import { startBackend } from './tfjs/start-backend.ts';
import { isTfjsWasm, type TfjsWasm } from './tfjs/tfjs-wasm.ts';
import { threadCount } from './threads/thread-count.ts';
import { openThreads, type Threads } from './threads/threads.ts';

export interface Registration {
  /** The instruction set of the build that this engine takes. */
  readonly instructions: Instructions;
  /** Threads that work now, the calling one included. */
  readonly threads: number;
  /** Why there are fewer threads than `threads` says, or than there are cores; undefined where there are as many. */
  readonly threadsReason: string | undefined;
  /** Whether calls work on tensors where they lie, or on copies in memory of their own that threads share. */
  readonly memory: 'in place' | 'in copies';
  /** Why it is that. */
  readonly memoryReason: string;
  /** Ends the threads and puts tfjs's own kernels back; the error for a full heap stays. Twice is harmless. */
  unregister(): void;
}

export interface RegisterOptions {
  /** Takes this build; the best that the engine accepts by default. */
  readonly instructions?: Instructions | undefined;
  /** How many threads compute a call that is worth it, the calling one included; one for each core, at most 8, by default. */
  readonly threads?: number | undefined;
}

const caller = 'register';

let registered: Registered | undefined;

/**
 * Puts the kernels of this package on tfjs's wasm backend: programs stay as they are. Where no backend was set yet it starts that one,
 * in memory that its threads share; else wasm has to be the current one. Calling it again changes nothing until `unregister()`: where it
 * has other options than the first call, it warns, and so it does where fewer threads can be had than `threads` says.
 * @throws ConfigError when the wasm backend is not installed, does not start or is not the current one, where the engine has no SIMD, where
 *   the kernels cannot be loaded, as in a service worker, and for an invalid number of threads
 * @cost loads and compiles one binary, some ms; starts threads, some tens of ms; no tensors
 * @example
 * await setBackend('wasm'); // where another backend is the current one; else leave it to register()
 * const registration = await register();
 * const square = tensor2d([1, 2, 3, 4], [2, 2]);
 * await matMul(square, square, false, true).data(); // => [5, 11, 11, 25]
 * registration.unregister();
 */
export const register = (options: RegisterOptions = {}): Promise<Registration> => registerWith(undefined, options);

/** @param binaries fetched when they are wanted by default */
export async function registerWith(binaries: Binaries | undefined, options: RegisterOptions = {}): Promise<Registration> {
  requireKnown(caller, options, ['instructions', 'threads']);
  const { instructions, threads } = options;
  if (instructions !== undefined && !instructionSets.includes(instructions)) throw unknownInstructions(instructions);
  const requested = threadCount(threads);
  const current = await currentBackend(requested);
  if (registered !== undefined) {
    const registration = await registered.started;
    warnIfIgnored(options, registered.requested, registration);
    return registration;
  }
  const compiled = await compileKernels(instructions, binaries);
  if (registered === undefined) {
    registered = putInPlace(compiled, current, requested); // another call may have been faster
    const { threads: used, threadsReason } = await registered.started;
    if (threads !== undefined && used < threads) console.warn(`wasm-backend uses ${used} of ${threads} threads: ${threadsReason}.`);
  }
  return registered.started;
}

const unknownInstructions = (instructions: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: `instructions must be ${instructionSets.map((name) => `'${name}'`).join(' or ')}.`,
    expected: instructionSets.join(' or '),
    got: show(instructions),
    remedy: 'leave it out for the best that the engine has.',
  });

/** Says so where an option of a later call changes nothing. */
function warnIfIgnored({ instructions, threads }: RegisterOptions, requested: number, registration: Registration): void {
  const ignored = [
    ...(threads === undefined || threads === requested ? [] : [`threads: ${threads}`]),
    ...(instructions === undefined || instructions === registration.instructions ? [] : [`instructions: '${instructions}'`]),
  ];
  if (ignored.length === 0) return;
  console.warn(
    `wasm-backend: register({ ${ignored.join(', ')} }) changes nothing, because the kernels are in place with threads: ${requested} and ` +
      `instructions: '${registration.instructions}'; call unregister() first.`,
  );
}

interface Registered {
  /** Threads of the call that put the kernels in place. */
  readonly requested: number;
  readonly started: Promise<Registration>;
}

/** Node prints an object by this function where it has one. */
const inspected: unique symbol = Symbol.for('nodejs.util.inspect.custom');

function putInPlace(compiled: CompiledKernels, current: TfjsWasm, requested: number): Registered {
  let threads: Threads | undefined;
  const open = (own: Heap): Threads => {
    threads?.close(); // of a backend before this one
    threads = openThreads({ compiled, requested, own });
    return threads;
  };
  const runtimeOf = runtimesOf(compiled, requested > 1 ? open : undefined);
  runtimeOf(current); // guards the heap from now on
  const removeKernels = addAll(kernels, runtimeOf);
  const isCopied = (): boolean => threads?.pool !== undefined && threads.copies;
  const registration: Registration = {
    instructions: compiled.instructions,
    get threads() {
      return threads?.count ?? 1;
    },
    get threadsReason() {
      return threads?.reason;
    },
    get memory() {
      return isCopied() ? 'in copies' : 'in place';
    },
    get memoryReason() {
      if (isCopied()) return "tfjs's memory is not shared: the wasm backend was started before register()";
      return threads?.pool === undefined ? 'one thread does all' : "threads share tfjs's memory";
    },
    unregister() {
      if (registered !== own) return;
      registered = undefined;
      removeKernels();
      threads?.close();
    },
  };
  // The values as they are now, where console.log would show [Getter].
  const values = () => ({ ...registration });
  Object.defineProperty(registration, inspected, { value: values, enumerable: false });
  const own: Registered = { requested, started: (threads?.started ?? Promise.resolve()).then(() => registration) };
  return own;
}

async function currentBackend(threads: number): Promise<TfjsWasm> {
  if (findBackendFactory('wasm') === null) {
    throw new ConfigError({
      caller,
      problem: "tfjs's wasm backend must be imported first.",
      expected: "'@tensorflow/tfjs-backend-wasm' imported before register()",
      got: 'no backend of the name wasm',
      remedy: 'npm install @tensorflow/tfjs-backend-wasm, import it, then await register().',
    });
  }
  if (!getBackend()) await startBackend(threads);
  await ready();
  if (getBackend() !== 'wasm') {
    throw new ConfigError({
      caller,
      problem: "tfjs's wasm backend must be the current one.",
      expected: 'getBackend() === "wasm"',
      got: `"${getBackend()}"`,
      remedy: "await setBackend('wasm') before await register(); it gives false where the backend could not start.",
    });
  }
  const current = backend();
  if (!isTfjsWasm(current)) {
    throw new ConfigError({
      caller,
      problem: "the wasm backend must be tfjs's, version 4.22.",
      expected: '@tensorflow/tfjs-backend-wasm 4.22, with its memory, _malloc and _free within reach',
      got: 'a backend without one of them',
      remedy: 'install @tensorflow/tfjs-backend-wasm 4.22.',
    });
  }
  return current;
}
