import { backend, dispose, getBackend, type Tensor } from '@tensorflow/tfjs-core';
import { type Choice, choose, type Kernel } from './choose.ts';
import { defineOp, type Op, type OpDefinition, type SavedTensors } from './define-op.ts';
import { anyCopyHasKernels, countKernel } from './kernels-of-all-copies.ts';

/** What a kernel is to compute. */
export interface ContractCall<Inputs extends readonly Tensor[], Attributes> {
  readonly inputs: Inputs;
  readonly attributes: Attributes;
}

/** How far a kernel's results may be from the reference's, and why that far. */
export interface KernelTolerance {
  readonly atol: number;
  readonly rtol: number;
  readonly reason: string;
}

/**
 * One way of computing a contract, both passes. What `forward` makes after the contract's outputs is its own: the caller never
 * gets it, and the gradient finds it again where `save` names it. Keep that small: tfjs makes a cotangent of zeros for each.
 */
export interface KernelDefinition<
  Inputs extends readonly Tensor[],
  Outputs extends readonly Tensor[],
  Attributes,
  All extends readonly [...Outputs, ...Tensor[]],
  SavedInputs extends readonly number[] | 'all',
  SavedOutputs extends readonly number[],
> extends Omit<OpDefinition<Inputs, All, Attributes, SavedInputs, SavedOutputs>, 'name'> {
  /** Unique in the contract. */
  readonly name: string;
  /** Why it cannot take a call, as a sentence without a full stop; null where it can. Takes every call by default. */
  readonly unsupported?: ((inputs: Inputs, attributes: Attributes) => string | null) | undefined;
  /** How it would run a call that it takes, as a phrase ("on 2 threads"), for `explain`. */
  readonly note?: ((inputs: Inputs, attributes: Attributes) => string) | undefined;
  /** None by default: it is the reference, or computes in the same order. */
  readonly tolerance?: KernelTolerance | undefined;
}

/** A kernel in a contract's list. */
export interface ContractKernel<Inputs extends readonly Tensor[], Outputs extends readonly Tensor[], Attributes>
  extends Kernel<ContractCall<Inputs, Attributes>> {
  readonly tolerance: KernelTolerance | undefined;
  /** How it would run a call that it takes; undefined where there is nothing to say. */
  note(call: ContractCall<Inputs, Attributes>): string | undefined;
  /** Runs this kernel, whether or not it would be selected; its gradient is its own. */
  readonly run: Op<Inputs, Outputs, Attributes>;
  /** The same with all that its forward pass makes, for ops that are made of calls and hand it to `backward`. */
  readonly runWhole: (inputs: Inputs, attributes: Attributes) => readonly Tensor[];
  /**
   * The backward pass alone, for ops that are made of calls and keep less than each call would: from what the definition's `save`
   * names and a cotangent for each of its outputs to the gradients of the inputs. Nothing is recorded, nothing is tidied.
   */
  readonly backward: (
    saved: { readonly inputs: readonly Tensor[]; readonly outputs: readonly Tensor[] },
    cotangents: Outputs,
    attributes: Attributes,
  ) => readonly (Tensor | null)[];
}

/**
 * An operation that backends may have kernels of their own for. Each kernel is an op with a gradient of its own, so the backward
 * pass of a call runs on the kernel that its forward pass ran on, whatever was added or taken out between the two.
 */
export interface Contract<Inputs extends readonly Tensor[], Outputs extends readonly Tensor[], Attributes> {
  readonly name: string;
  /**
   * Puts a kernel in front of a backend's list; the reference stays last. A backend package's `register()` calls this: importing
   * the package changes nothing. Adding a kernel of a name that is there already replaces it.
   * @returns takes the kernel out again
   */
  addKernel<
    All extends readonly [...Outputs, ...Tensor[]],
    const SavedInputs extends readonly number[] | 'all' = 'all',
    const SavedOutputs extends readonly number[] = readonly [],
  >(backendName: string, kernel: KernelDefinition<Inputs, Outputs, Attributes, All, SavedInputs, SavedOutputs>): () => void;
  /** All kernels of a backend in the order in which they are tried. */
  kernels(backendName: string): readonly ContractKernel<Inputs, Outputs, Attributes>[];
  /**
   * Which kernel of the current backend a call would run on, why, and how, without running it. Where the backend has the reference alone,
   * it says that no backend package is registered.
   */
  explain(inputs: Inputs, attributes: Attributes): { readonly kernel: string; readonly reason: string };
  /** Whether a kernel of the current backend takes a call, and not the reference: for ops that have another way, of other calls. */
  hasKernel(inputs: Inputs, attributes: Attributes): boolean;
  /** Runs a call on the current backend. The first time that a call is unsupported by a faster kernel, the reason is a warning. */
  run(inputs: Inputs, attributes: Attributes): Outputs;
  /** The same with all that the kernel's forward pass makes, for ops that are made of calls; all of it belongs to the caller. */
  runWhole(inputs: Inputs, attributes: Attributes): readonly Tensor[];
}

/** The commonest reason for a slow call, and the one that no kernel can give. */
const noneRegistered = 'no backend package is registered: call register() of @longspan/wasm-backend';

const otherCopy =
  'its faster kernels were given to another copy of @longspan/core-tensor: the program has two; npm ls @longspan/core-tensor shows whose, and one version for all ends it';

/**
 * Makes a contract from its reference, which takes every call on every backend.
 * @param contract.outputs how many outputs the caller gets; a function where that depends on the call, as for a list of tensors
 * @cost a search of the list for each call; one registration with tfjs for each kernel that runs
 * @example
 * const doubled = defineContract({
 *   name: 'ExampleDoubled',
 *   outputs: 1,
 *   reference: { forward: ([x]: readonly [Tensor], _: object) => [add(x, x)], save: { inputs: [] }, gradient: (_, [dy]) => [add(dy, dy)] },
 * });
 * const remove = doubled.addKernel('cpu', { name: 'fast', unsupported: ([x]) => (x.rank === 1 ? null : 'x has an axis too many'), forward: ([x]) => [mul(x, 2)] });
 * doubled.explain([scalar(1)], {}).reason; // => 'reference; not fast: x has an axis too many'
 * await doubled.run([tensor1d([1, 2])], {})[0].data(); // => [2, 4]
 * remove();
 */
export function defineContract<
  Inputs extends readonly Tensor[],
  Outputs extends readonly Tensor[],
  Attributes,
  All extends readonly [...Outputs, ...Tensor[]],
  const SavedInputs extends readonly number[] | 'all' = 'all',
  const SavedOutputs extends readonly number[] = readonly [],
>({
  name,
  outputs,
  reference,
}: {
  /** Unique in the process; the name of the reference's tfjs kernel. */
  readonly name: string;
  readonly outputs: Outputs['length'] | ((inputs: Inputs, attributes: Attributes) => number);
  readonly reference: Omit<KernelDefinition<Inputs, Outputs, Attributes, All, SavedInputs, SavedOutputs>, 'name' | 'unsupported'>;
}): Contract<Inputs, Outputs, Attributes> {
  type Listed = ContractKernel<Inputs, Outputs, Attributes>;

  const listed = <
    AllOf extends readonly [...Outputs, ...Tensor[]],
    SavedInputsOf extends readonly number[] | 'all',
    SavedOutputsOf extends readonly number[],
  >(
    opName: string,
    definition: KernelDefinition<Inputs, Outputs, Attributes, AllOf, SavedInputsOf, SavedOutputsOf>,
  ): Listed => {
    const op = defineOp<Inputs, AllOf, Attributes, SavedInputsOf, SavedOutputsOf>({ ...definition, name: opName });
    const run = (inputs: Inputs, attributes: Attributes): Outputs => {
      const all: readonly Tensor[] = op(inputs, attributes);
      const own = typeof outputs === 'number' ? outputs : outputs(inputs, attributes);
      dispose(all.slice(own)); // the tape has its own
      return all.slice(0, own) as readonly Tensor[] as Outputs;
    };
    return {
      name: definition.name,
      unsupported: ({ inputs, attributes }) => definition.unsupported?.(inputs, attributes) ?? null,
      tolerance: definition.tolerance,
      note: ({ inputs, attributes }) => definition.note?.(inputs, attributes),
      run: Object.assign(run, { forget: op.forget }),
      runWhole: op,
      backward: (saved, cotangents, attributes) =>
        definition.gradient?.(
          saved as object as SavedTensors<Inputs, AllOf, SavedInputsOf, SavedOutputsOf>,
          cotangents as readonly Tensor[] as AllOf,
          attributes,
        ) ?? [],
    };
  };

  const last = listed(name, { ...reference, name: 'reference' });
  const added = new Map<string, readonly Listed[]>();
  const kernels = (backendName: string): readonly Listed[] => [...(added.get(backendName) ?? []), last];
  // Two kernels of one name (of two builds, say) are two ops: tfjs registers a name once.
  let additions = 0;
  const warned = new Set<string>();
  const warnOnce = (reason: string): void => {
    if (warned.has(reason)) return;
    warned.add(reason);
    console.warn(`${name} runs on a slower kernel: ${reason}.`);
  };
  /** Why the current backend has the reference alone; undefined where it has more. */
  const whyAlone = (): string | undefined => {
    if (kernels(getBackend()).length > 1) return undefined;
    return anyCopyHasKernels(name, getBackend()) ? otherCopy : noneRegistered;
  };

  const choiceFor = (inputs: Inputs, attributes: Attributes): Choice<Listed> => {
    backend(); // a backend has no name before it has started
    return choose(name, kernels(getBackend()), { inputs, attributes });
  };
  const chosen = (inputs: Inputs, attributes: Attributes): Listed => {
    const { kernel, reason } = choiceFor(inputs, attributes);
    if (kernel.name !== reason) warnOnce(reason);
    else if (kernel === last && whyAlone() === otherCopy) warnOnce(otherCopy);
    return kernel;
  };
  return {
    name,
    kernels,
    addKernel(backendName, definition) {
      additions++;
      const kernel = listed(`${name}/${definition.name}${additions > 1 ? ` ${additions}` : ''}`, definition);
      const without = (isOut: (one: Listed) => boolean): readonly Listed[] => {
        const list = added.get(backendName) ?? [];
        for (const one of list.filter(isOut)) {
          one.run.forget();
          countKernel(name, backendName, -1);
        }
        return list.filter((one) => !isOut(one));
      };
      countKernel(name, backendName, 1);
      added.set(backendName, [kernel, ...without((one) => one.name === kernel.name)]);
      return () =>
        void added.set(
          backendName,
          without((one) => one === kernel),
        );
    },
    explain(inputs, attributes) {
      const { kernel, reason } = choiceFor(inputs, attributes);
      const note = kernel.note({ inputs, attributes }) ?? whyAlone();
      return { kernel: kernel.name, reason: note === undefined ? reason : `${reason}; ${note}` };
    },
    hasKernel: (inputs, attributes) => choiceFor(inputs, attributes).kernel !== last,
    run: (inputs, attributes) => chosen(inputs, attributes).run(inputs, attributes),
    runWhole: (inputs, attributes) => chosen(inputs, attributes).runWhole(inputs, attributes),
  };
}
