import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The bytes of a file of a folder; undefined where there is none. */
export async function readBytes(folder: string, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const path = join(folder, name);
  try {
    // A pipe would be waited for without end.
    if (!(await stat(path)).isFile()) throw new Error(`${path} must be a file`);
    return Uint8Array.from(await readFile(path));
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Writes a file aside, waits until the disk has it, and renames it: whoever reads finds the old file or the new one. Each write has a
 * name of its own aside, so that two of one place cannot be mixed.
 */
export async function replaceBytes(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  await makeFolder(folder);
  await removeAbandoned(folder, name);
  const aside = join(folder, asideOf(name));
  try {
    const file = await open(aside, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, join(folder, name));
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined); // the disk may be full of it; what failed first is what is said
    throw error;
  }
}

/** Throws where a file of so many bytes could not be written; a full disk takes a name, but no bytes. */
export async function tryToWrite(folder: string, name: string, bytes: number): Promise<void> {
  await makeFolder(folder);
  const aside = join(folder, asideOf(name)); // others may try the same place
  try {
    await writeFile(aside, new Uint8Array(bytes), { flag: 'wx' });
  } finally {
    await rm(aside, { force: true }).catch(() => undefined); // what failed first is what is said
  }
}

/**
 * Makes a folder and those above it that are missing, one by one: Node's own way never ends where a folder that is there takes none, as
 * /proc does.
 */
async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let at = folder; !(await isThere(at)) && at !== dirname(at); at = dirname(at)) missing.unshift(at);
  for (const each of missing) {
    try {
      await mkdir(each);
    } catch (error) {
      if (!(await isThere(each))) throw error; // another run has made it meanwhile
    }
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const asideOf = (name: string): string => `${name}.${crypto.randomUUID()}.part`;

/** A write that goes on changes its file all the time. */
const abandonedAfter = 10 * 60 * 1000;

/** Removes what runs that were killed while they wrote have left aside. */
async function removeAbandoned(folder: string, name: string): Promise<void> {
  for (const each of await readdir(folder)) {
    if (!each.startsWith(`${name}.`) || !each.endsWith('.part')) continue;
    const path = join(folder, each);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() })); // gone: its own run renamed it
    if (Date.now() - mtimeMs > abandonedAfter) await rm(path, { force: true });
  }
}
