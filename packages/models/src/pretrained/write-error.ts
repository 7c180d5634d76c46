import { ExplainedError, FileError, type Reason } from '@longspan/core-tensor/error';
import { messageOf } from '../hub/answer-error.ts';

/**
 * What the system or the browser says of a place that takes no files, in words; whatever else went wrong (a signal, a tensor that is disposed)
 * as it came.
 * @param where the folder that was to be written into
 * @param size bytes of all files
 */
export function writeError(where: string, size: number, error: unknown): unknown {
  if (error instanceof ExplainedError || typeof error !== 'object' || error === null) return error;
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  const reason = reasonOf(where, size, typeof code === 'string' ? code : String(name));
  return reason === undefined ? error : new FileError({ caller: 'savePretrained', got: messageOf(error), ...reason }, { cause: error });
}

function reasonOf(where: string, size: number, kind: string): Omit<Reason, 'got'> | undefined {
  if (/^(ENOSPC|EDQUOT|EFBIG|QuotaExceededError)$/.test(kind)) {
    return {
      problem: 'there must be room for the files of the model.',
      expected: `${size} bytes free for ${where}`,
      remedy: "free some, give another place, or write { precision: 'float16' }, which takes half; what stood there still does.",
    };
  }
  if (/^(ENOTDIR|EEXIST|TypeMismatchError)$/.test(kind)) {
    return {
      problem: 'the files of a model must go into a folder.',
      expected: `a folder at ${where}, or nothing there, so that one can be made`,
      remedy: 'give the path of a folder: a file stands at this one, or where a folder above it should be.',
    };
  }
  if (!/^(E[A-Z]+|NotAllowedError|NoModificationAllowedError|NotFoundError|InvalidStateError)$/.test(kind)) return undefined;
  return {
    problem: 'the folder must be one that can be written into.',
    expected: `the right to make files in ${where}`,
    remedy: 'give the rights to it, or another folder; what stood there still does.',
  };
}
