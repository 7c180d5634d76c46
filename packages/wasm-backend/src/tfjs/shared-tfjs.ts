import { typeName } from '@longspan/core-tensor/error';

/**
 * tfjs's own binary with one byte changed: the memory that it makes can be shared between threads, which then work on its tensors where
 * they lie, instead of on copies. Its code never runs on two threads at once, so it needs no other change.
 * @returns undefined for any other binary, and where the memory is shared already or has no maximum
 * @source WebAssembly core specification with threads, 5.3.7 (limits) and 5.5.3 (sections)
 */
export function withSharedMemory(binary: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const limits = isWasm(binary) && isTfjs(binary) ? sectionOf(binary, memorySection) : undefined;
  if (limits === undefined) return undefined;
  const flags = limits + 1; // after the number of memories
  if (binary[limits] !== 1 || binary[flags] !== unsharedWithMaximum) return undefined;
  const copy = Uint8Array.from(binary);
  copy[flags] = sharedWithMaximum;
  return copy;
}

/**
 * Runs what starts tfjs's wasm backend, which has no option for its memory: while it runs, the engine's functions that make an instance
 * of a binary make tfjs's with shared memory. Where that fails, as where there are not 4 GiB of addresses, they make it as it is.
 */
export async function inSharedMemory<T>(start: () => Promise<T>): Promise<T> {
  const stock = { instantiate: WebAssembly.instantiate, instantiateStreaming: WebAssembly.instantiateStreaming };
  const instantiate = async (source: BufferSource | WebAssembly.Module, imports?: WebAssembly.Imports) => {
    const bytes = typeName(source) === 'WebAssembly.Module' ? undefined : withSharedMemory(bytesOf(source as BufferSource));
    const shared = bytes && (await stock.instantiate(bytes, imports).catch(() => undefined));
    return shared ?? stock.instantiate(source as BufferSource, imports);
  };
  const instantiateStreaming = async (source: Response | PromiseLike<Response>, imports?: WebAssembly.Imports) => {
    const response = await source;
    const bytes = withSharedMemory(new Uint8Array(await response.clone().arrayBuffer()));
    const shared = bytes && (await stock.instantiate(bytes, imports).catch(() => undefined));
    return shared ?? stock.instantiateStreaming(response, imports);
  };
  Object.assign(WebAssembly, { instantiate, ...('instantiateStreaming' in WebAssembly && { instantiateStreaming }) });
  try {
    return await start();
  } finally {
    Object.assign(WebAssembly, stock);
  }
}

const [memorySection, exportSection] = [5, 7];
const [unsharedWithMaximum, sharedWithMaximum] = [1, 3];

const bytesOf = (source: BufferSource): Uint8Array =>
  ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : new Uint8Array(source);

const isWasm = (binary: Uint8Array): boolean => [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0].every((byte, at) => binary[at] === byte);

/** By what only it exports. */
function isTfjs(binary: Uint8Array): boolean {
  const from = sectionOf(binary, exportSection);
  return from !== undefined && new TextDecoder('latin1').decode(binary.subarray(from, from + 4096)).includes('register_tensor');
}

/** Where the content of the first section of that number begins. */
function sectionOf(binary: Uint8Array, number: number): number | undefined {
  let at = 8;
  while (at < binary.length) {
    const found = binary[at];
    let size = 0;
    let shift = 0;
    do {
      at++;
      size += ((binary[at] as number) & 0x7f) * 2 ** shift; // LEB128
      shift += 7;
    } while ((binary[at] as number) & 0x80);
    at++;
    if (found === number) return at;
    at += size;
  }
  return undefined;
}
