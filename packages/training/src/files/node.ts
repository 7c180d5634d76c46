import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** The bytes of a file of a folder; undefined where there is none. */
export async function readBytes(folder: string, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return Uint8Array.from(await readFile(join(folder, name)));
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a file aside, waits until the disk has it, and renames it: whoever reads finds the old file or the new one. */
export async function replaceBytes(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true });
  const aside = join(folder, `${name}.part`);
  const file = await open(aside, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, join(folder, name));
}
