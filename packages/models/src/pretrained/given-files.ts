import type { ByteSource } from '@longspan/core-tensor';
import { ConfigError, isList, isRecord, show, typeName } from '@longspan/core-tensor/error';
import type { CheckpointFiles, CheckpointSink, WrittenFile } from './checkpoint-files.ts';

/** Files that a user chose or dropped: those of `<input type="file" webkitdirectory>` have their folders in their names. */
function filesOfList(list: ArrayLike<File>): CheckpointFiles {
  const named = Array.from(list, (file) => [file.webkitRelativePath || file.name, file] as const);
  // The folder that was dropped is part of each name; it lies where the config or the tokenizer does, in the outermost one.
  const configs = named
    .map(([name]) => name)
    .filter((name) => /(?:^|[/])(?:config|modules|model|tokenizer|tokenizer_config)[.]json$/.test(name));
  const depth = (name: string): number => name.split('/').length;
  const [config] = configs.sort((a, b) => depth(a) - depth(b));
  const folder = config === undefined ? '' : config.slice(0, config.lastIndexOf('/') + 1);
  const files = new Map(named.flatMap(([name, file]) => (name.startsWith(folder) ? [[name.slice(folder.length), file] as const] : [])));
  return {
    where: `${list.length} given files`,
    list: async () => [...files.keys()],
    open: async (name) => files.get(name),
  };
}

/** Bytes in memory, or what gives ranges of them, by their names. */
export type NamedBytes = Readonly<Record<string, ByteSource | Uint8Array | ArrayBuffer>>;

function filesOfBytes(named: NamedBytes): CheckpointFiles {
  const files = new Map(Object.entries(named));
  return {
    where: 'the given bytes',
    list: async () => [...files.keys()],
    open: async (name) => {
      const found = files.get(name);
      return found === undefined ? undefined : sourceOf(found);
    },
  };
}

function sourceOf(given: ByteSource | Uint8Array | ArrayBuffer): ByteSource {
  if ('size' in given) return given;
  const bytes = typeName(given) === 'ArrayBuffer' ? new Uint8Array(given as ArrayBuffer) : (given as Uint8Array);
  const { buffer, byteOffset, byteLength } = bytes;
  return { size: byteLength, read: async (begin, end) => new Uint8Array(buffer, byteOffset + begin, end - begin) };
}

/** The files of a folder that the page's user has chosen. */
const filesOfHandle = (folder: FileSystemDirectoryHandle): CheckpointFiles => ({
  where: `the folder ${JSON.stringify(folder.name)}`,
  open: async (name) => {
    try {
      return await (await handleWithin(folder, name, {})).getFile();
    } catch (error) {
      const { name: kind } = error as { readonly name?: unknown };
      if (kind === 'NotFoundError' || kind === 'TypeMismatchError') return undefined;
      throw error;
    }
  },
});

/** A file by its name, which may have folders in it. */
async function handleWithin(
  folder: FileSystemDirectoryHandle,
  name: string,
  options: { readonly create?: boolean },
): Promise<FileSystemFileHandle> {
  const [file = '', ...above] = name.split('/').reverse();
  let place = folder;
  for (const each of above.reverse()) place = await place.getDirectoryHandle(each, options);
  return place.getFileHandle(file, options);
}

/** Writes into a folder that the page's user has chosen: each file is there, whole, when its turn is over. */
export const sinkOfHandle = (folder: FileSystemDirectoryHandle): CheckpointSink => ({
  where: `the folder ${JSON.stringify(folder.name)}`,
  write: async (files) => {
    for (const { name, chunks } of files) {
      const writable = await (await handleWithin(folder, name, { create: true })).createWritable();
      try {
        for await (const chunk of chunks) await writable.write(chunk as Uint8Array<ArrayBuffer>);
      } catch (error) {
        await writable.abort();
        throw error;
      }
      await writable.close();
    }
  },
});

/** Files of a page, for a download or for `fromPretrained`. */
export async function filesWith(files: readonly WrittenFile[]): Promise<readonly File[]> {
  const made: File[] = [];
  for (const { name, chunks } of files) {
    const parts: BlobPart[] = [];
    // A Blob of each: what has become one, the browser may keep on its disk.
    for await (const chunk of chunks) parts.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
    made.push(new File(parts, name));
  }
  return made;
}

/** Files that are there: those that a user chose or dropped, or a folder of them; bytes by their names; or whatever opens files by name. */
export type GivenFiles = ArrayLike<File> | FileSystemDirectoryHandle | NamedBytes | CheckpointFiles;

/** Opens them by name. @throws ConfigError for what is no place of files */
export function givenFiles(caller: string, source: GivenFiles): CheckpointFiles {
  if (isFilesOf(source)) return source;
  if (isHandle(source)) return filesOfHandle(source);
  if (isFileList(source)) return filesOfList(source);
  if (isNamedBytes(source)) return filesOfBytes(source);
  throw new ConfigError({
    caller,
    problem: 'source must say where the checkpoint lies.',
    expected: 'a path, an address, files, a folder of files, bytes by name, or { where, open(name) }',
    got: isRecord(source) ? `a record of ${Object.keys(source).slice(0, 5).join(', ')}` : show(source),
    remedy: "write the folder of the checkpoint, or { 'config.json': bytes, 'model.safetensors': bytes }.",
  });
}

const has = (value: unknown, ...methods: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && methods.every((name) => typeof Reflect.get(value, name) === 'function');

// By their forms and not by their classes, of which other realms have their own.
const isFilesOf = (source: unknown): source is CheckpointFiles => has(source, 'open') && isText(Reflect.get(source as object, 'where'));

const isText = (value: unknown): value is string => typeof value === 'string';

const isHandle = (source: unknown): source is FileSystemDirectoryHandle => has(source, 'getFileHandle', 'getDirectoryHandle');

const isFile = (value: unknown): value is File => has(value, 'arrayBuffer', 'slice') && isText(Reflect.get(value as object, 'name'));

const isFileList = (source: unknown): source is ArrayLike<File> =>
  (isList(source) || typeName(source) === 'FileList') &&
  (source as ArrayLike<unknown>).length > 0 &&
  Array.from(source as ArrayLike<unknown>).every(isFile);

const isSource = (value: unknown): boolean =>
  ['Uint8Array', 'ArrayBuffer'].includes(typeName(value)) || has(value, 'arrayBuffer', 'slice') || has(value, 'read');

const isNamedBytes = (source: unknown): source is NamedBytes =>
  isRecord(source) && Object.keys(source).length > 0 && Object.values(source).every(isSource);
