import { row, type Table } from '../row.ts';

const register = row([() => [{ threads: 1 }]], {}, { backend: 'wasm', after: (made) => (made as { unregister(): void }).unregister() });

export const wasmBackend: Table = {
  register,
  HeapFullError: { unchecked: 'an error: thrown, not called' },
};
