import type { ByteSource } from '@longspan/core-tensor';
import { ConfigError, show } from '@longspan/core-tensor/error';
import type { CheckpointFiles } from './checkpoint-files.ts';
import type { Told } from './progress.ts';

/** The same files, whose reads are told; for places that tell nothing themselves. */
export const toldFiles = (files: CheckpointFiles, told: Told): CheckpointFiles => ({
  ...placeOf(files),
  open: async (name) => {
    told.initiate(name);
    const source = await files.open(name);
    if (source === undefined) return undefined;
    requireSource(files.where, name, source);
    told.download(name, source.size);
    return toldSource(source, (bytes) => told.more(name, bytes));
  },
});

/** All but the files. What a user wrote may be an instance of a class, whose methods no spread takes along. */
export const placeOf = (files: CheckpointFiles): Omit<CheckpointFiles, 'open'> => ({
  where: files.where,
  ...(files.list === undefined ? {} : { list: async () => (await files.list?.()) ?? [] }),
  ...(files.conversion === undefined ? {} : { conversion: async () => (await files.conversion?.()) ?? { reason: 'nobody was asked' } }),
});

function requireSource(where: string, name: string, source: unknown): void {
  if (typeof source === 'object' && source !== null && 'size' in source && ('read' in source || 'slice' in source)) return;
  throw new ConfigError({
    caller: 'fromPretrained',
    problem: 'open must give the bytes of a file, or undefined for a missing one.',
    expected: 'a Blob or File, or { size, read(begin, end) }',
    got: `${show(source)} for ${name}, from ${where}`,
    remedy: 'bytes that are there already: new Blob([bytes]).',
  });
}

/** What a source gives between two places. */
export const bytesBetween = async (source: ByteSource, begin: number, end: number): Promise<Uint8Array | ArrayBuffer> =>
  'read' in source ? await source.read(begin, end) : await source.slice(begin, end).arrayBuffer();

const toldSource = (source: ByteSource, more: (bytes: number) => void): ByteSource => ({
  size: source.size,
  read: async (begin, end) => {
    const bytes = await bytesBetween(source, begin, end);
    more(bytes.byteLength);
    return bytes;
  },
});
