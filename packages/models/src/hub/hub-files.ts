import { errorsOf } from '@longspan/core-tensor/error';
import { openCache } from '#hub-cache';
import type { CheckpointFiles } from '../pretrained/checkpoint-files.ts';
import { memoryCache } from './cache/memory.ts';
import { checkOptions, type HubOptions } from './hub-options.ts';
import { repositoryFiles } from './repository-files.ts';
import { realWorld } from './requests.ts';

/**
 * The files of a repository of the hub, each fetched when it is opened and kept for another time: in Node in the folder of the Python
 * library, in a page in Cache Storage. All come from the one commit that the revision names now. What broke off goes on at the byte where
 * it broke, and no byte is given out that the hub's hash does not vouch for.
 * @param id of a model: `sentence-transformers/all-MiniLM-L6-v2`
 * @param caller the function that errors name
 * @returns `open` gives undefined for a file that the commit does not have
 * @throws ConfigError for an option that is not possible
 * @throws FileError where the hub refuses, is out of reach or sends other bytes than it lists; where the disk is full; offline, where the
 *   cache lacks what is asked for
 * @cost one request for the commit and one for its files (none where the revision is a commit that is kept), then one for each file that
 *   is not kept; a file of gigabytes passes through memory in pieces
 */
export async function hubFiles(id: string, options: HubOptions = {}, caller = 'hubFiles'): Promise<CheckpointFiles> {
  const errors = errorsOf(caller);
  const checked = checkOptions(caller, errors, options);
  return repositoryFiles(id, checked, errors, realWorld, (repository) =>
    checked.cache === false ? memoryCache() : openCache(checked.cache, repository),
  );
}
