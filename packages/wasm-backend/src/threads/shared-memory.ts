/** The memory that threads share has no room for a call, which then runs in tfjs's own. */
export class SharedMemoryFullError extends Error {
  constructor(bytes: number) {
    super(`the memory that threads share could not grow to ${Math.ceil(bytes / 2 ** 20).toLocaleString('en')} MiB`);
  }
}

/** A memory that threads share, of up to 4 GiB; less where the engine has not that many addresses to give. */
export function sharedMemory(): WebAssembly.Memory {
  for (let maximum = 65536; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: 16, maximum, shared: true });
    } catch (error) {
      if (maximum <= 1024) throw error;
    }
  }
}
