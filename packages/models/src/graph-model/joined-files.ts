import type { ByteSource } from '@longspan/core-tensor';
import { bytesBetween } from '../pretrained/told-files.ts';
import { graphError } from './manifest.ts';

/** Files one behind the other, as one. */
export interface JoinedFiles {
  readonly size: number;
  read(begin: number, end: number): Promise<Uint8Array>;
}

export function joinedFiles(caller: string, files: readonly { readonly name: string; readonly source: ByteSource }[]): JoinedFiles {
  const ends: number[] = [];
  for (const { source } of files) ends.push((ends.at(-1) ?? 0) + source.size);
  return {
    size: ends.at(-1) ?? 0,
    async read(begin, end) {
      const bytes = new Uint8Array(end - begin);
      for (const [at, { name, source }] of files.entries()) {
        const start = (ends[at] as number) - source.size;
        const [from, until] = [Math.max(begin, start), Math.min(end, ends[at] as number)];
        if (from >= until) continue;
        const part = await bytesBetween(source, from - start, until - start);
        if (part.byteLength !== until - from) {
          throw graphError(caller, {
            problem: 'a file must give the bytes that it is asked for.',
            expected: `${until - from} bytes of ${name}`,
            got: `${part.byteLength} bytes`,
          });
        }
        bytes.set('buffer' in part ? part : new Uint8Array(part), from - begin);
      }
      return bytes;
    },
  };
}
