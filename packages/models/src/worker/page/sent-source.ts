import type { ByteSource } from '@longspan/core-tensor';
import { typeName } from '@longspan/core-tensor/error';
import { proxy, transfer } from 'comlink';
import type { CheckpointSource } from '../../pretrained/files-of.ts';
import { type GivenFiles, givenFiles } from '../../pretrained/given-files.ts';
import type { LentFiles } from '../served/page-files.ts';

/** A place that the worker finds itself, or files that the page lends it. */
export function sentSource(caller: string, source: CheckpointSource): string | LentFiles {
  if (typeName(source) === 'URL') return (source as URL).href;
  if (typeof source !== 'string') return lent(caller, source as GivenFiles);
  const { location } = globalThis as Partial<typeof globalThis>;
  // Beside the page, not beside the worker's file.
  return location !== undefined && /^[.]{0,2}[/]/.test(source) ? new URL(source, location.href).href : source;
}

function lent(caller: string, source: GivenFiles): LentFiles {
  const files = givenFiles(caller, source);
  const opened = new Map<string, ByteSource>();
  return proxy({
    where: async () => files.where,
    list: async () => (await files.list?.()) ?? [],
    async open(name: string) {
      const file = await files.open(name);
      if (file !== undefined) opened.set(name, file);
      return file?.size;
    },
    async read(name: string, begin: number, end: number) {
      const file = opened.get(name) as ByteSource;
      // Copied, for the page keeps them: the worker may be begun anew.
      const bytes =
        'read' in file ? new Uint8Array(await file.read(begin, end)).slice() : new Uint8Array(await file.slice(begin, end).arrayBuffer());
      return transfer(bytes, [bytes.buffer]);
    },
  });
}
