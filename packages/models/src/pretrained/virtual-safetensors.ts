import { type ByteSource, type OpenedSafetensors, openSafetensors, type SafetensorsDtype } from '@longspan/core-tensor';

/** A tensor whose bytes lie in a file of another form. */
export interface VirtualTensor {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly bytes: number;
  /** All of them, in the layout of safetensors. */
  readonly read: () => Promise<Uint8Array>;
}

/**
 * The tensors as those of a safetensors file, which nobody writes: its header is made now, and the bytes of a tensor when they are asked
 * for. So one reader decodes all forms.
 */
export function openVirtual(tensors: ReadonlyMap<string, VirtualTensor>): Promise<OpenedSafetensors> {
  const starts = new Map<number, VirtualTensor>();
  let end = 0;
  const entries = [...tensors].map(([name, each]) => {
    const begin = end;
    end += each.bytes;
    if (each.bytes > 0) starts.set(begin, each);
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype: each.dtype, shape: each.shape, data_offsets: [begin, end] })}`;
  });
  const text = new TextEncoder().encode(`{${entries.join(',')}}`);
  const head = new Uint8Array(8 + text.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(text.length), true);
  head.set(text, 8);
  const source: ByteSource = {
    size: head.length + end,
    read: async (begin, until) => (await starts.get(begin - head.length)?.read()) ?? head.slice(begin, until),
  };
  return openSafetensors(source);
}
