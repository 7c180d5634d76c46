import type { CheckpointFiles } from '../pretrained/checkpoint-files.ts';

/** The files of a folder of the checkpoint: '' for its own. */
export const filesWithin = (files: CheckpointFiles, path: string): CheckpointFiles =>
  path === ''
    ? files
    : {
        where: `${files.where}, ${path}`,
        ...(files.list === undefined ? {} : { list: async () => namesWithin((await files.list?.()) ?? [], `${path}/`) }),
        open: (name) => files.open(`${path}/${name}`),
      };

const namesWithin = (names: readonly string[], start: string): readonly string[] =>
  names.filter((name) => name.startsWith(start)).map((name) => name.slice(start.length));
