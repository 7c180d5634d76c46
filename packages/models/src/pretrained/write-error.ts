import { FileError, isExplained, type Reason } from '@longspan/core-tensor/error';
import { messageOf } from '../hub/answer-error.ts';

/** What was to be written, and where. */
interface Refused {
  readonly caller: string;
  readonly what: 'model' | 'index';
  /** The folder that was to be written into. */
  readonly where: string;
  /** Bytes of all files. */
  readonly size: number;
}

/**
 * What the system or the browser says of a place that takes no files, in words; whatever else went wrong (a signal, a tensor that is disposed)
 * as it came.
 */
export function writeError(refused: Refused, error: unknown): unknown {
  if (isExplained(error) || typeof error !== 'object' || error === null) return error;
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  const reason = reasonOf(refused, typeof code === 'string' ? code : String(name));
  return reason === undefined ? error : new FileError({ caller: refused.caller, got: messageOf(error), ...reason }, { cause: error });
}

function reasonOf({ what, where, size }: Refused, kind: string): Omit<Reason, 'got'> | undefined {
  if (/^(ENOSPC|EDQUOT|EFBIG|QuotaExceededError)$/.test(kind)) {
    return {
      problem: `there must be room for the files of the ${what}.`,
      expected: `${size} bytes free for ${where}`,
      remedy: `free some, ${what === 'model' ? "give another place, or write { precision: 'float16' }, which takes half" : 'or give another place'}; what stood there still does.`,
    };
  }
  if (/^(ENOTDIR|EEXIST|TypeMismatchError)$/.test(kind)) {
    return {
      problem: `the files of ${what === 'model' ? 'a model' : 'an index'} must go into a folder.`,
      expected: `a folder at ${where}, or nothing there, so that one can be made`,
      remedy: 'give the path of a folder: a file stands at this one, or where a folder above it should be.',
    };
  }
  if (kind === 'ENAMETOOLONG') {
    return {
      problem: 'a path must not be longer than the system allows.',
      expected: 'names of at most 255 bytes, as most systems have it, of which 42 are needed to write aside',
      remedy: 'give a shorter name.',
    };
  }
  if (!/^(E[A-Z]+|NotAllowedError|NoModificationAllowedError|NotFoundError|InvalidStateError)$/.test(kind)) return undefined;
  return {
    problem: 'the folder must be one that can be written into.',
    expected: `the right to make files in ${where}`,
    remedy: 'give the rights to it, or another folder; what stood there still does.',
  };
}
