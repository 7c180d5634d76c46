import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ByteSource } from '@longspan/core-tensor';
import { ConfigError, FileError, show } from '@longspan/core-tensor/error';
import type { CheckpointFiles, CheckpointSink, WrittenFile } from '../pretrained/checkpoint-files.ts';
import type { Told } from '../pretrained/progress.ts';
import { toldFiles } from '../pretrained/told-files.ts';

/** The files of a directory; undefined where the path is none. */
export async function filesAtPath(path: string, told: Told): Promise<CheckpointFiles | undefined> {
  const folder = folderPath('fromPretrained', path);
  if (!(await kindOf(folder))?.isDirectory()) return undefined;
  const files: CheckpointFiles = {
    where: folder,
    list: async () => (await readdir(folder)).sort(),
    open: async (name) => opened(join(folder, requireWithin(folder, name))),
  };
  return toldFiles(files, told);
}

/** Writes into a directory, which is made where there is none: all files aside first, then each into its place. */
export function sinkAtPath(caller: string, path: string): CheckpointSink {
  const folder = folderPath(caller, path);
  return { where: folder, write: (files) => replaced(folder, files) };
}

/** The path that a text says, which may be an address of a file. */
function folderPath(caller: string, text: string): string {
  const path = text.startsWith('file:') ? pathOfAddress(text) : text;
  if (path !== undefined && !path.includes('\0')) return path;
  throw new ConfigError({
    caller,
    problem: 'a folder must be named by a path that files can have.',
    expected: "a path such as 'models/mine', or a file: URL of this machine",
    got: show(text),
    remedy: 'check what the path was made of: bytes of 0 are none of it.',
  });
}

function pathOfAddress(address: string): string | undefined {
  try {
    return fileURLToPath(address);
  } catch {
    return undefined;
  }
}

const kindOf = (path: string) =>
  stat(path).catch((error: { readonly code?: unknown }) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });

/** Where names come from a file of the checkpoint, they must not lead out of it. */
function requireWithin(folder: string, name: string): string {
  if (!name.split(/[/\\]/).includes('..') && !name.startsWith('/') && !name.includes('\0')) return name;
  throw new FileError({
    caller: 'fromPretrained',
    problem: "a checkpoint's files must lie in its own folder.",
    expected: `a name below ${folder}`,
    got: JSON.stringify(name),
    remedy: 'check the file that names it.',
  });
}

/** No file is kept open: a checkpoint may be held for as long as a program runs. */
async function opened(path: string): Promise<ByteSource | undefined> {
  const kind = await kindOf(path);
  // A pipe would be waited for without end.
  if (!kind?.isFile()) return undefined;
  const { size, mtimeMs, ino } = kind;
  return {
    size,
    read: async (begin, end) => {
      const file = await open(path);
      try {
        const now = await file.stat();
        if (now.size !== size || now.mtimeMs !== mtimeMs || now.ino !== ino) throw changed(path);
        const bytes = new Uint8Array(end - begin);
        let at = 0;
        while (at < bytes.length) {
          const { bytesRead } = await file.read(bytes, at, bytes.length - at, begin + at);
          if (bytesRead === 0) throw changed(path);
          at += bytesRead;
        }
        return bytes;
      } finally {
        await file.close();
      }
    },
  };
}

const changed = (path: string): FileError =>
  new FileError({
    caller: 'fromPretrained',
    problem: 'a file must stay as it is while it is read.',
    expected: `${path} as it was when it was opened`,
    got: 'a file that was written meanwhile',
    remedy: 'read it again when nobody writes it.',
  });

async function replaced(folder: string, files: readonly WrittenFile[]): Promise<void> {
  for (const within of new Set(files.map(({ name }) => dirname(join(folder, name))))) await makeFolder(within);
  const asides = files.map(({ name }) => join(folder, `${name}.${crypto.randomUUID()}.part`));
  try {
    for (const [at, { chunks }] of files.entries()) await writeAll(asides[at] as string, chunks);
    for (const [at, { name }] of files.entries()) await rename(asides[at] as string, join(folder, name));
  } catch (error) {
    // The disk may be full of them; what failed first is what is said.
    for (const aside of asides) await rm(aside, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Waits until the disk has it. */
async function writeAll(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Folder by folder: Node's own way never ends where a folder that is there takes none, as /proc does. */
async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let at = folder; (await kindOf(at)) === undefined && at !== dirname(at); at = dirname(at)) missing.unshift(at);
  for (const each of missing) {
    if (each.endsWith(sep)) continue;
    try {
      await mkdir(each);
    } catch (error) {
      if (!(await kindOf(each))?.isDirectory()) throw error; // somebody else has made it meanwhile
    }
  }
}
