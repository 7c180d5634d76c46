import { ConfigError, typeName } from '@longspan/core-tensor/error';
import { interruptionPoint } from '@longspan/core-tensor/kernel';
import { accepts, bestInstructions, type Instructions } from './instructions.ts';

/**
 * Works on the items [from, to) of the job at that address, with scratch that no other caller uses at the same time. Items are
 * independent, so a job's range can be shared out.
 */
export type WasmKernel = (job: number, from: number, to: number, scratch: number) => void;

/** What the binary exports, by the names of assembly/index.ts. */
export interface KernelExports {
  /** The relaxed sum of four products of bytes, which engines compute in ways of their own; 0 in the build for plain SIMD. */
  readonly fourProducts: (a: number, b: number) => number;
  readonly matMul: WasmKernel;
  readonly unsortedSegmentSum: WasmKernel;
  readonly copyRows: WasmKernel;
  readonly activation: WasmKernel;
  readonly adafactorStep: WasmKernel;
  readonly adamWStep: WasmKernel;
  readonly muonDirection: WasmKernel;
  readonly muonSum: WasmKernel;
  readonly sgdStep: WasmKernel;
  readonly binary: WasmKernel;
  readonly columnSums: WasmKernel;
  readonly copyStrided: WasmKernel;
  readonly select: WasmKernel;
  readonly transpose: WasmKernel;
  readonly unary: WasmKernel;
  readonly crossEntropy: WasmKernel;
  readonly crossEntropyGradient: WasmKernel;
  readonly crossEntropyTotal: WasmKernel;
  readonly dropout: WasmKernel;
  readonly gatherRows: WasmKernel;
  readonly largestMagnitudes: WasmKernel;
  readonly layerNorm: WasmKernel;
  readonly layerNormGradient: WasmKernel;
  readonly rmsNorm: WasmKernel;
  readonly rmsNormGradient: WasmKernel;
  readonly rotary: WasmKernel;
  readonly packKeyPanels: WasmKernel;
  readonly packValuePanels: WasmKernel;
  readonly packRelativePanels: WasmKernel;
  readonly attentionForward: WasmKernel;
  readonly attentionOffsets: WasmKernel;
  readonly attentionBackward: WasmKernel;
  readonly addQueryParts: WasmKernel;
  readonly finishRelativeQueries: WasmKernel;
}

export interface CompiledKernels {
  readonly instructions: Instructions;
  /** For other threads, which put it on a memory that they share; undefined where the engine has no such memory. */
  readonly sharedModule: WebAssembly.Module | undefined;
  /** Puts the kernels on a memory, shared or not: tfjs's own, so that tensors are used where they lie. */
  on(memory: WebAssembly.Memory): KernelExports;
}

/** Where each build comes from, in base64. */
export type Binaries = Readonly<Record<Instructions, () => Promise<{ readonly binary: string }>>>;

/** Loaded when they are wanted: a page fetches one of them. */
const fetchedBinaries: Binaries = {
  simd128: () => import('../generated/simd128.ts'),
  'relaxed-simd': () => import('../generated/relaxed-simd.ts'),
};

/**
 * Compiles the kernels for an instruction set: once for a memory that threads share, once for any other.
 * @throws ConfigError where the engine does not accept it, or where its build cannot be loaded
 */
export async function compileKernels(
  instructions: Instructions | undefined = bestInstructions(),
  binaries: Binaries = fetchedBinaries,
): Promise<CompiledKernels> {
  if (instructions === undefined || !accepts(instructions)) throw notAccepted(instructions ?? 'simd128');
  const binary = await load(instructions, binaries);
  const bytes = Uint8Array.from(atob(binary), (letter) => letter.charCodeAt(0));
  const shared = importingShared(bytes);
  const ownModule = await WebAssembly.compile(bytes);
  const sharedModule = WebAssembly.validate(shared) ? await WebAssembly.compile(shared) : undefined;
  return {
    instructions,
    sharedModule,
    // A compiled module is put on a memory at once: no promise, so also where tfjs has started its backend again.
    on: (memory) =>
      new WebAssembly.Instance((isShared(memory) && sharedModule) || ownModule, { env: { memory, interruptionPoint } })
        .exports as object as KernelExports,
  };
}

/** Says what to do where a build cannot be had: a service worker forbids `import()`, and a server may lack a bundle's chunk. */
async function load(instructions: Instructions, binaries: Binaries): Promise<string> {
  try {
    const { binary } = await binaries[instructions]();
    return binary;
  } catch (error) {
    throw new ConfigError(
      {
        caller: 'register',
        problem: 'import() must load the kernels.',
        expected: `a place that allows import(), and the bundle's chunk with the kernels for ${instructions}`,
        got: String((error as Partial<Error> | null | undefined)?.message ?? error).split('\n')[0] as string,
        remedy:
          "in a service worker or the background of an extension take register from '@longspan/wasm-backend/static', " +
          'which needs no import(); elsewhere serve all chunks of the bundle.',
      },
      { cause: error },
    );
  }
}

/** Whether threads share the memory, as they do where tfjs runs on several of them. */
export const isShared = ({ buffer }: WebAssembly.Memory): boolean => typeName(buffer) !== 'ArrayBuffer';

/** The same binary for a shared memory. The two differ in one byte: the flags of the memory's limits in its import. */
function importingShared(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const text = String.fromCharCode(...bytes.subarray(0, 2048));
  const flags = text.indexOf('\x06memory\x02\x01') + 8; // length and name, kind: memory, flags: has a maximum
  const shared = bytes.slice();
  shared[flags] = 3; // has a maximum, and is shared
  return shared;
}

const notAccepted = (instructions: Instructions): ConfigError =>
  new ConfigError({
    caller: 'register',
    problem: `the engine must accept ${instructions}.`,
    expected: 'relaxed-simd: Node 22, Chrome 114; simd128: Node 20, Chrome 91, Firefox 89, Safari 16.4; or newer',
    got: instructions === 'simd128' ? 'an engine without WebAssembly SIMD' : `an engine whose best is ${bestInstructions() ?? 'none'}`,
    remedy:
      instructions === 'simd128'
        ? "update it, or leave register() out: tfjs's own kernels go on working, slower."
        : 'leave `instructions` out, which takes the best there is; Node 20 has it behind --experimental-wasm-relaxed-simd.',
  });
