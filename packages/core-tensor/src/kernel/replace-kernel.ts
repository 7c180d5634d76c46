import { getKernel, type KernelFunc, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';

/** Makes a kernel of what it stands in front of, to which it leaves the calls that it does not take itself. */
type Make = (stock: KernelFunc) => KernelFunc;

/** What stands in the place of a kernel of tfjs: one in front of the other, the last first. */
interface Replaced {
  readonly add: (make: Make) => () => void;
}

/** In the registry of the process: the copies of this library that a page may hold stand in front of each other, and leave in any order. */
const replacedBy = Symbol.for('@longspan/replaced-kernel');
type Dispatcher = KernelFunc & { readonly [replacedBy]?: Replaced };

/**
 * Puts a kernel in the place of tfjs's own.
 * @param make is given the kernel that it stands in front of
 * @returns takes it out again, whoever has come in front of it meanwhile; twice is harmless
 * @example
 * const remove = replaceKernel('cpu', 'Square', () => () => scalar(7));
 * const between = await square(scalar(3)).data();
 * remove();
 * [between[0], (await square(scalar(3)).data())[0]]; // => [7, 9]
 */
export function replaceKernel(backendName: string, kernelName: string, make: Make): () => void {
  const { kernelFunc } = getKernel(kernelName, backendName) ?? {};
  return ((kernelFunc as Dispatcher | undefined)?.[replacedBy] ?? inPlace(backendName, kernelName)).add(make);
}

function inPlace(backendName: string, kernelName: string): Replaced {
  const stock = getKernel(kernelName, backendName);
  const absent: KernelFunc = () => {
    throw new Error(`tfjs's ${kernelName} must be registered on ${backendName}.`);
  };
  let makers: readonly Make[] = [];
  let first = stock?.kernelFunc ?? absent;
  const take = (next: readonly Make[]): void => {
    makers = next;
    first = next.reduce((behind, make) => make(behind), stock?.kernelFunc ?? absent);
  };
  const isStanding = (): boolean => getKernel(kernelName, backendName)?.kernelFunc === dispatcher;
  const replaced: Replaced = {
    add(make) {
      take([...makers, make]);
      let isIn = true;
      return () => {
        if (!isIn) return;
        isIn = false;
        const at = makers.lastIndexOf(make);
        take(makers.filter((_, index) => index !== at));
        // Where someone else has put a kernel in front of this one, that one stays, and this one only hands on.
        if (makers.length > 0 || !isStanding()) return;
        unregisterKernel(kernelName, backendName);
        if (stock !== undefined) registerKernel(stock);
      };
    },
  };
  const dispatcher: Dispatcher = Object.assign(((call) => first(call)) as KernelFunc, { [replacedBy]: replaced });
  if (stock !== undefined) unregisterKernel(kernelName, backendName); // registering over it would warn
  // Its setup stays: tfjs runs it when it starts the backend again.
  registerKernel({ ...stock, kernelName, backendName, kernelFunc: dispatcher });
  return replaced;
}
