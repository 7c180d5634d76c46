// The origin private file system of a page or a worker. A writable of it writes aside, and its close puts the file in place at once.

/** The bytes of a file of a folder; undefined where there is none. */
export async function readBytes(folder: string, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const directory = await directoryOf(folder, false);
    const file = await (await directory.getFileHandle(name)).getFile();
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    if ((error as { readonly name?: unknown }).name === 'NotFoundError') return undefined;
    throw error;
  }
}

export async function replaceBytes(folder: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const file = await (await directoryOf(folder, true)).getFileHandle(name, { create: true });
  const writable = await file.createWritable();
  await writable.write(bytes);
  await writable.close();
}

async function directoryOf(folder: string, create: boolean): Promise<FileSystemDirectoryHandle> {
  let directory = await navigator.storage.getDirectory();
  for (const name of folder.split('/').filter((each) => each !== '' && each !== '.')) {
    directory = await directory.getDirectoryHandle(name, { create });
  }
  return directory;
}
