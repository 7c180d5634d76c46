import { ConfigError, requireKind, typeName } from '../error/index.ts';
import { disposedOnThrow, releaseTape, watchKernels } from '../tensor/tfjs-engine.ts';

// In the registry of the process: a backend package may have another copy of this library, whose kernels are to stop too.
const place = Symbol.for('@longspan/core-tensor: interruption');
const here = globalThis as { [key: symbol]: (() => void) | undefined };

/**
 * Runs computation that may be ended from within: `check` is called between layers, between the operations of tfjs, and within our kernels
 * between block rows of attention and row panels of large products, and what it throws ends the run there. While a function runs no message and no
 * timer arrives: so `check` reads a clock, or a flag in memory that another thread writes.
 *
 * Nothing is left of a run that was ended: tensors, scratch memory and, under a gradient, what the tape had kept are given back, and threads
 * are idle again. On webgpu operations are queued, so that a run is over before the device has done it: what was queued is still done.
 * @param check throws to end the run; calls it some hundred times a second on wasm. Checks of runs within runs are all called
 * @param run computes at once, without awaiting
 * @throws what `check` throws; ConfigError where `run` gives a promise, of which all but the first part would not be checked
 * @cost that of `run`, and of `check` at each point
 * @example
 * const deadline = performance.now() + 1000;
 * const check = () => {
 *   if (performance.now() > deadline) throw new DOMException('a second is over', 'TimeoutError');
 * };
 * const layer = linear({ inFeatures: 2, outFeatures: 3 });
 * interruptible(check, () => layer.apply(layer.init(createKey(0)), ones([4, 2]))).shape; // => [4, 3]
 */
export function interruptible<Result>(check: () => void, run: () => Result): Result {
  const caller = 'interruptible';
  requireKind(caller, 'check', check, 'function');
  requireKind(caller, 'run', run, 'function');
  const outer = here[place];
  here[place] = () => {
    outer?.();
    check();
  };
  const unwatch = outer === undefined ? watchKernels(interruptionPoint) : undefined; // tfjs's operations, each a point
  try {
    interruptionPoint();
    const result = disposedOnThrow(run);
    if (typeName(result) === 'Promise') throw asynchronous(caller);
    return result;
  } catch (error) {
    releaseTape();
    throw error;
  } finally {
    unwatch?.();
    here[place] = outer;
  }
}

/**
 * Where a run can be ended: throws what the check throws, if there is one. For authors of layers and kernels, who call it where nothing is
 * held that a throw would leave behind, every few milliseconds of work.
 * @cost a look at one property where no run is interruptible
 * @example
 * interruptionPoint(); // => undefined
 */
export function interruptionPoint(): void {
  here[place]?.();
}

/**
 * Whether the run at work can be ended: work that would be done in one piece is then done in several.
 * @example
 * [isInterruptible(), interruptible(() => {}, isInterruptible)]; // => [false, true]
 */
export const isInterruptible = (): boolean => here[place] !== undefined;

const asynchronous = (caller: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'run must compute at once.',
    expected: 'a function that is not async',
    got: 'a promise',
    remedy: 'await what comes before and after outside: interruptible(check, () => model.apply(parameters, ids)).',
  });
