// The origin private file system of a page or a worker.
import { ConfigError } from '@longspan/core-tensor/error';

/** The bytes of a file of a folder; undefined where there is none. */
export async function readBytes(folder: string, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const directory = await directoryOf(folder, false);
    const file = await (await directory.getFileHandle(name)).getFile();
    // A writable's file is there, empty, before its first close: a page that goes in between leaves it so.
    return file.size === 0 ? undefined : new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    if ((error as { readonly name?: unknown }).name === 'NotFoundError') return undefined;
    throw error;
  }
}

/** What only workers have of a file, and what not all browsers have of it. */
interface WorkersFile {
  createSyncAccessHandle(): Promise<{
    truncate(size: number): void;
    write(bytes: Uint8Array<ArrayBuffer>, options: { readonly at: number }): number;
    flush(): void;
    close(): void;
  }>;
  move(directory: FileSystemDirectoryHandle, name: string): Promise<void>;
}

/** Writes a file aside and puts it in place at once: whoever reads finds the old file or the new one. */
export async function replaceBytes(folder: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const directory = await directoryOf(folder, true);
  if ('createWritable' in FileSystemFileHandle.prototype) {
    const writable = await (await directory.getFileHandle(name, { create: true })).createWritable();
    try {
      await writable.write(bytes);
    } catch (error) {
      await writable.abort();
      throw error;
    }
    await writable.close();
    return;
  }
  if (!('createSyncAccessHandle' in FileSystemFileHandle.prototype && 'move' in FileSystemFileHandle.prototype)) throw withoutWriting();
  const aside = (await directory.getFileHandle(`${name}.part`, { create: true })) as object as WorkersFile;
  const access = await aside.createSyncAccessHandle();
  try {
    access.truncate(0);
    for (let at = 0; at < bytes.length; ) at += access.write(bytes.subarray(at), { at });
    access.flush();
  } finally {
    access.close();
  }
  await aside.move(directory, name);
}

/** Throws where a file of so many bytes could not be written. */
export async function tryToWrite(folder: string, name: string, bytes: number): Promise<void> {
  const tried = `${name}.${crypto.randomUUID()}.tried`; // others may try the same place
  await replaceBytes(folder, tried, new Uint8Array(bytes));
  await (await directoryOf(folder, false)).removeEntry(tried);
}

async function directoryOf(folder: string, create: boolean): Promise<FileSystemDirectoryHandle> {
  let directory = await navigator.storage.getDirectory();
  for (const name of folder.split('/').filter((each) => each !== '' && each !== '.')) {
    directory = await directory.getDirectoryHandle(name, { create });
  }
  return directory;
}

const withoutWriting = (): ConfigError =>
  new ConfigError({
    caller: 'checkpointFolder',
    problem: 'the browser must let files of the origin be written here.',
    expected: 'createWritable, or in a worker createSyncAccessHandle and move',
    got: 'neither',
    remedy: 'train in a worker, or give a store of your own: { read, write } over IndexedDB, say.',
  });
