import { ConfigError } from '@longspan/core-tensor/error';
import { addressFiles } from '../pretrained/address-files.ts';
import type { CheckpointFiles, CheckpointSink } from '../pretrained/checkpoint-files.ts';
import type { Told } from '../pretrained/progress.ts';

/** In a page a path is an address beside the page's own; undefined where the text is no path. */
export async function filesAtPath(path: string, told: Told, signal?: AbortSignal): Promise<CheckpointFiles | undefined> {
  if (!/^[.]{0,2}[/]/.test(path)) return undefined;
  return addressFiles(new URL(path, globalThis.location.href), told, signal);
}

/** A page has no directories by their path. */
export function sinkAtPath(caller: string, path: string): CheckpointSink {
  throw new ConfigError({
    caller,
    problem: 'a page must be given a folder that its user has chosen, or a sink.',
    expected: 'a FileSystemDirectoryHandle, or { where, write(files) }',
    got: `the path ${JSON.stringify(path)}`,
    remedy:
      'write await showDirectoryPicker(), or let the page offer the files of pretrainedFiles(model), or the bytes of indexFile(index).',
  });
}
