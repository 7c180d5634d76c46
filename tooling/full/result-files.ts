import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShardResult } from './shard.ts';

/** Where the results of one state of the sources are kept: a file per shard, and its output beside it. */
export class ResultFiles {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** The result of a shard that has run to its end; undefined where none has. */
  read(name: string): ShardResult | undefined {
    try {
      return JSON.parse(readFileSync(this.#path(name, 'json'), 'utf8')) as ShardResult;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Keeps the output and then the result, each written aside and renamed: a shard with a result has both whole. */
  write(result: ShardResult, output: string): void {
    this.#replace(this.#path(result.name, 'log'), output);
    this.#replace(this.#path(result.name, 'json'), `${JSON.stringify(result)}\n`);
  }

  writeTable(table: string): string {
    const path = join(this.folder, 'table.md');
    this.#replace(path, table);
    return path;
  }

  #replace(path: string, text: string): void {
    writeFileSync(`${path}.part`, text);
    renameSync(`${path}.part`, path);
  }

  #path(name: string, ending: string): string {
    return join(this.folder, `${name.replace(/[^a-z0-9]+/gi, '-')}.${ending}`);
  }
}
