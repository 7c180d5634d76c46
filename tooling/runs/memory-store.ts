import type { CheckpointStore } from '@longspan/training';

/** Keeps a checkpoint in memory. */
export function memoryStore(): CheckpointStore {
  let last: Uint8Array<ArrayBuffer> | undefined;
  return {
    read: async () => last,
    write: async (bytes) => {
      last = bytes;
    },
  };
}
