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
  try {
    await writable.write(bytes);
  } catch (error) {
    await writable.abort();
    throw error;
  }
  await writable.close();
}

/** Throws where a file could not be written. */
export async function tryToWrite(folder: string, name: string): Promise<void> {
  await replaceBytes(folder, `${name}.tried`, new Uint8Array(2 ** 20));
  await (await directoryOf(folder, false)).removeEntry(`${name}.tried`);
}

async function directoryOf(folder: string, create: boolean): Promise<FileSystemDirectoryHandle> {
  let directory = await navigator.storage.getDirectory();
  for (const name of folder.split('/').filter((each) => each !== '' && each !== '.')) {
    directory = await directory.getDirectoryHandle(name, { create });
  }
  return directory;
}
