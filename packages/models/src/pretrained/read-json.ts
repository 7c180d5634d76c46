import { FileError, isRecord, show } from '@longspan/core-tensor/error';
import type { CheckpointFiles } from './checkpoint-files.ts';
import { bytesBetween } from './told-files.ts';

/** The text of a small file; undefined where there is none. */
export async function readText(caller: string, files: CheckpointFiles, name: string): Promise<string | undefined> {
  const source = await files.open(name);
  if (source === undefined) return undefined;
  const bytes = source.size === 0 ? new Uint8Array() : await bytesBetween(source, 0, source.size);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw notJson(caller, files, name, 'bytes that are no UTF-8', cause);
  }
}

/**
 * The text of a file that a checkpoint may do without; undefined where there is none. A server of one page answers with that page for every
 * name that it does not have.
 */
export async function readOptionalText(caller: string, files: CheckpointFiles, name: string): Promise<string | undefined> {
  const text = await readText(caller, files, name);
  return text?.trimStart().startsWith('<') ? undefined : text;
}

/** The same of a record in JSON. */
export async function readOptionalRecord(
  caller: string,
  files: CheckpointFiles,
  name: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const text = await readOptionalText(caller, files, name);
  return text === undefined ? undefined : recordIn(caller, files, name, text);
}

/** The record of a JSON file; undefined where there is no such file. */
export async function readRecord(
  caller: string,
  files: CheckpointFiles,
  name: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const text = await readText(caller, files, name);
  return text === undefined ? undefined : recordIn(caller, files, name, text);
}

function recordIn(caller: string, files: CheckpointFiles, name: string, text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw notJson(caller, files, name, show(text.slice(0, 60)), cause);
  }
  if (!isRecord(value)) throw notJson(caller, files, name, show(value));
  return value;
}

const notJson = (caller: string, { where }: CheckpointFiles, name: string, got: string, cause?: unknown): FileError =>
  new FileError(
    {
      caller,
      problem: `${name} must be a record in JSON.`,
      expected: `{"…": …}, in ${where}`,
      got,
      remedy: 'check that this is no web page and no pointer of Git LFS, and fetch it again.',
    },
    { cause },
  );
