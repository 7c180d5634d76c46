import {
  backend,
  clone,
  engine,
  type GradConfig,
  getBackend,
  getGradient,
  getKernel,
  type KernelFunc,
  type NamedAttrMap,
  type NamedTensorMap,
  registerGradient,
  registerKernel,
  type Tensor,
  tidy,
  unregisterGradient,
  unregisterKernel,
  zeros,
} from '@tensorflow/tfjs-core';
import { ConfigError } from '../error/index.ts';

type Picked<From extends readonly Tensor[], Indices extends readonly number[]> = {
  readonly [At in keyof Indices]: From[Indices[At] & keyof From];
};

/** What the gradient finds again, in the order of the op's inputs and outputs. */
export interface SavedTensors<
  Inputs extends readonly Tensor[],
  Outputs extends readonly Tensor[],
  SavedInputs,
  SavedOutputs extends readonly number[],
> {
  readonly inputs: SavedInputs extends readonly number[] ? Picked<Inputs, SavedInputs> : Inputs;
  readonly outputs: Picked<Outputs, SavedOutputs>;
}

export interface OpDefinition<
  Inputs extends readonly Tensor[],
  Outputs extends readonly Tensor[],
  Attributes,
  SavedInputs extends readonly number[] | 'all',
  SavedOutputs extends readonly number[],
> {
  /** 'LongspanLinear'. Where two ops have one name, as after a module was loaded again, each runs its own functions. The backward kernels are `${name}Grad` and, for `gradientOf`, `${name}Grad${input}`. */
  readonly name: string;
  /** Makes the outputs from the inputs by any tfjs ops; runs in a tidy of its own, off the tape. Reads no other tensors. */
  readonly forward: (inputs: Inputs, attributes: Attributes) => readonly [...Outputs];
  /**
   * What the gradient reads, by ascending index: inputs that every call has (all inputs by default), outputs (none when left
   * out). On wasm each one is copied, so name few.
   */
  readonly save?: { readonly inputs?: SavedInputs; readonly outputs?: SavedOutputs } | undefined;
  /**
   * The gradients of all inputs in one go, in their order; null, or missing at the end, where there is none (indices).
   * An output that the loss does not depend on comes with a cotangent of zeros.
   */
  readonly gradient?: (
    saved: SavedTensors<Inputs, Outputs, SavedInputs, SavedOutputs>,
    dys: Outputs,
    attributes: Attributes,
  ) => readonly (Tensor | null)[];
  /** Gradients by input index that are computed alone and only where they are wanted; they go before `gradient`'s. */
  readonly gradientOf?: Readonly<
    Record<number, (saved: SavedTensors<Inputs, Outputs, SavedInputs, SavedOutputs>, dys: Outputs, attributes: Attributes) => Tensor>
  >;
}

/** Runs on the current backend. The outputs belong to the caller; attributes are plain data, never tensors. */
export interface Op<Inputs extends readonly Tensor[], Outputs extends readonly Tensor[], Attributes> {
  (inputs: Inputs, attributes: Attributes): Outputs;
  /** Takes it out of tfjs's registries, which are global and keep what they are given. It still runs, a pending backward pass too. */
  forget(): void;
}

/**
 * Makes an operation that has its own gradient, with one or several outputs. The gradient of the gradient throws.
 *
 * tfjs's customGrad takes one output, and where it saves it reports a leak on wasm. So an op is a kernel that registers itself
 * on each backend where it runs. Its backward pass is a kernel too: registered gradients are shared by all backends, and a
 * kernel's own gradient can throw an error that says why.
 * @throws ConfigError when the backward pass is differentiated
 * @cost that of its functions; on wasm one copy of each saved tensor
 * @example
 * const tripled = defineOp({
 *   name: 'ExampleTripled',
 *   forward: ([x]: readonly [Tensor], { shift }: { readonly shift: number }) => [add(mul(x, 3), shift)],
 *   save: { inputs: [] },
 *   gradient: (_, [dy]) => [mul(dy, 3)],
 * });
 * await tripled([tensor1d([1, 2])], { shift: 1 })[0].data(); // => [4, 7]
 */
export function defineOp<
  Inputs extends readonly Tensor[],
  Outputs extends readonly Tensor[],
  Attributes,
  const SavedInputs extends readonly number[] | 'all' = 'all',
  const SavedOutputs extends readonly number[] = readonly [],
>(definition: OpDefinition<Inputs, Outputs, Attributes, SavedInputs, SavedOutputs>): Op<Inputs, Outputs, Attributes> {
  const { name, forward, save, gradient, gradientOf = {} } = definition;
  const savedInputs = save?.inputs ?? 'all';
  const savedOutputs: readonly number[] = save?.outputs ?? [];

  type Saved = SavedTensors<Inputs, Outputs, SavedInputs, SavedOutputs>;
  interface Forward {
    readonly attributes: Attributes;
    readonly shapes: readonly (readonly number[])[];
  }
  interface Backward {
    readonly attributes: Attributes;
    /** The kernel's inputs are saved inputs, then saved outputs, then cotangents: where the second and the third begin. */
    readonly splits: readonly [number, number];
    /** Filled in by the kernel: which inputs its results belong to. */
    readonly owners: number[];
  }
  const unpack = (tensors: readonly Tensor[], [outputs, dys]: readonly [number, number]) => ({
    saved: { inputs: tensors.slice(0, outputs), outputs: tensors.slice(outputs, dys) } as object as Saved,
    dys: tensors.slice(dys) as readonly Tensor[] as Outputs,
  });

  const secondOrder: KernelGradient = {
    gradFunc: () => {
      throw noSecondOrder(name);
    },
  };
  const runGradient = kernel<Backward>(
    `${name}Grad`,
    (tensors, { attributes, splits, owners }) => {
      const { saved, dys } = unpack(tensors, splits);
      const gradients = gradient?.(saved, dys, attributes) ?? [];
      return gradients.flatMap((each, input) => {
        if (each === null) return [];
        owners.push(input);
        return [each];
      });
    },
    secondOrder,
  );
  const runGradientOf = Object.fromEntries(
    Object.entries(gradientOf).map(([input, compute]) => [
      input,
      kernel<Backward>(
        `${name}Grad${input}`,
        (tensors, { attributes, splits }) => {
          const { saved, dys } = unpack(tensors, splits);
          return [compute(saved, dys, attributes)];
        },
        secondOrder,
      ),
    ]),
  );
  const run = kernel<Forward>(name, (inputs, { attributes }) => forward(inputs as Inputs, attributes), {
    ...(savedInputs === 'all' ? { saveAllInputs: true } : { inputsToSave: savedInputs.map(String) }),
    outputsToSave: Array.from({ length: Math.max(-1, ...savedOutputs) + 1 }, (_, output) => savedOutputs.includes(output)),
    gradFunc: (dy, saved, attrs) => {
      const { attributes, shapes } = attrs as object as Forward;
      const tensors = [...saved, ...(Array.isArray(dy) ? dy : [dy])];
      const call: Backward = { attributes, splits: [saved.length - savedOutputs.length, saved.length], owners: [] };
      // Now and not in the thunks: what two thunks share would be disposed at the end of the first one.
      const eager = gradient === undefined ? [] : runGradient.call(tensors, call);
      return Object.fromEntries(
        shapes.map((shape, input) => [
          input,
          () => runGradientOf[input]?.call(tensors, call)[0] ?? eager[call.owners.indexOf(input)] ?? zeros([...shape]),
        ]),
      );
    },
  });
  const call = (inputs: Inputs, attributes: Attributes): Outputs => {
    if (engine().isTapeOn() && getGradient('Sum') === undefined) throw noGradients(name);
    return run.call(inputs, { attributes, shapes: inputs.map(({ shape }) => shape) }) as readonly Tensor[] as Outputs;
  };
  const forget = (): void => {
    for (const each of [run, runGradient, ...Object.values(runGradientOf)]) each.forget();
  };
  return Object.assign(call, { forget });
}

type KernelGradient = Omit<GradConfig, 'kernelName'>;

interface OwnKernel<Attributes> {
  call(inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[];
  forget(): void;
}

/** A kernel of that name, with its gradient, on whichever backend is current when it is called. */
function kernel<Attributes extends object>(
  kernelName: string,
  run: (inputs: readonly Tensor[], attributes: Attributes) => readonly Tensor[],
  gradient: KernelGradient,
): OwnKernel<Attributes> {
  const kernelFunc: KernelFunc = ({ inputs: given, attrs }) =>
    tidy(() => {
      const tensors = Object.values(given) as Tensor[];
      // The engine takes each result for a new tensor, and disposes gradients once it has added them up.
      const taken = new Set(tensors);
      return run(tensors, attrs as object as Attributes).map((result) => {
        const own = taken.has(result) ? clone(result) : result;
        taken.add(own);
        return own;
      });
    });
  const config: GradConfig = { kernelName, ...gradient };
  const backendNames = new Set<string>();
  let isForgotten = false;
  const isOurs = (backendName: string): boolean => getKernel(kernelName, backendName)?.kernelFunc === kernelFunc;
  const unregister = (): void => {
    for (const backendName of backendNames) if (isOurs(backendName)) unregisterKernel(kernelName, backendName);
    if (getGradient(kernelName) === config) unregisterGradient(kernelName);
    backendNames.clear();
  };
  /** In the place of an earlier definition: of a module that a development server loaded again, or of another copy of this package. */
  const register = (backendName: string): void => {
    if (!isOurs(backendName)) {
      if (getKernel(kernelName, backendName) !== undefined) unregisterKernel(kernelName, backendName); // else tfjs warns
      registerKernel({ kernelName, backendName, kernelFunc });
      backendNames.add(backendName);
    }
    if (getGradient(kernelName) !== config) {
      if (getGradient(kernelName) !== undefined) unregisterGradient(kernelName);
      registerGradient(config);
    }
  };
  return {
    call(inputs, attributes) {
      backend(); // starts the default backend where none has run yet, which gives it its name
      register(getBackend());
      try {
        return engine().runKernel<Tensor[]>(
          kernelName,
          inputs as readonly Tensor[] & NamedTensorMap,
          attributes as Attributes & NamedAttrMap,
        );
      } finally {
        if (isForgotten) unregister(); // what the backward pass needs, the tape has by now
      }
    },
    forget() {
      isForgotten = true;
      unregister();
    },
  };
}

/** tfjs-core alone has no gradients of its own ops, and says so without a remedy once the whole forward pass is done. */
const noGradients = (name: string): ConfigError =>
  new ConfigError({
    caller: name,
    problem: "tfjs's gradients must be registered for training.",
    expected: "'@tensorflow/tfjs' (or '@tensorflow/tfjs-layers') imported once, which registers them",
    got: '@tensorflow/tfjs-core alone',
    remedy: "npm install @tensorflow/tfjs, and import '@tensorflow/tfjs' before the first gradient.",
  });

const noSecondOrder = (name: string): ConfigError =>
  new ConfigError({
    caller: name,
    problem: `${name} must be differentiated only once.`,
    expected: 'one backward pass over it',
    got: 'the gradient of its gradient',
    remedy: 'take gradients of the forward pass only, or write the function with tfjs ops.',
  });
