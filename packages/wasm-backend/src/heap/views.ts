/** A whole memory as numbers: index = address / 4. A memory that grows has a new buffer, so take them again after each allocation. */
export interface MemoryViews {
  f32(): Float32Array;
  i32(): Int32Array;
}

export function memoryViews(memory: WebAssembly.Memory): MemoryViews {
  let floats = new Float32Array(memory.buffer);
  let integers = new Int32Array(memory.buffer);
  return {
    f32() {
      if (floats.buffer !== memory.buffer) floats = new Float32Array(memory.buffer);
      return floats;
    },
    i32() {
      if (integers.buffer !== memory.buffer) integers = new Int32Array(memory.buffer);
      return integers;
    },
  };
}
