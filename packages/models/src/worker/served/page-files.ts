import type { ByteSource } from '@longspan/core-tensor';
import type { CheckpointFiles } from '../../pretrained/checkpoint-files.ts';

/** Files that the page holds, as it lends them to its worker. */
export interface LentFiles {
  where(): Promise<string>;
  list(): Promise<readonly string[]>;
  /** How many bytes a file has; undefined where there is none. */
  open(name: string): Promise<number | undefined>;
  read(name: string, begin: number, end: number): Promise<Uint8Array>;
}

/** Bytes that the page copies at a time: some ms. */
const mostAtOnce = 2 ** 23;

/** A checkpoint whose bytes the page has: they come in pieces that do not hold it up. */
export async function filesOfPage(lent: LentFiles): Promise<CheckpointFiles> {
  return {
    where: await lent.where(),
    list: () => lent.list(),
    open: async (name) => {
      const size = await lent.open(name);
      return size === undefined ? undefined : sourceOf(lent, name, size);
    },
  };
}

const sourceOf = (lent: LentFiles, name: string, size: number): ByteSource => ({
  size,
  async read(begin, end) {
    const bytes = new Uint8Array(end - begin);
    for (let at = begin; at < end; at += mostAtOnce) bytes.set(await lent.read(name, at, Math.min(at + mostAtOnce, end)), at - begin);
    return bytes;
  },
});
