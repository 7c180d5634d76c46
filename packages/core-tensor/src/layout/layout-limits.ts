import { ConfigError } from '../error/index.ts';
import { blockCount } from './block-layout.ts';
import type { Coverage } from './coverage.ts';
import type { Geometry } from './descend.ts';

/** Masks of heads and batch rows, each of which is searched for its blocks unless an equal one was. */
const mostSlices = 2 ** 16;
/** Lists of blocks, one for each query block and one for each key block of each slice: 8 bytes each. */
const mostLists = 2 ** 24;
/** Listed blocks, 16 bytes each: 4 GiB; from 2^31 on their offsets would not fit into int32. */
const mostEntries = 2 ** 28;

const tooLarge = (caller: string, what: string, limit: number, got: string, remedy: string): ConfigError =>
  new ConfigError({ caller, problem: `a layout must have at most ${limit} ${what}.`, expected: `at most ${limit} ${what}`, got, remedy });

/** Throws where a layout would be too large whatever its mask shows. */
export function requireSlices(
  caller: string,
  { heads, batch }: Pick<Coverage, 'heads' | 'batch'>,
  { queryLength, keyLength, blockSize }: Geometry,
): void {
  const slices = heads * batch;
  if (slices > mostSlices) {
    throw tooLarge(
      caller,
      'masks of heads and batch rows',
      mostSlices,
      `${heads} heads · ${batch} batch rows`,
      'run fewer batch rows at a time, or share the mask among heads or rows.',
    );
  }
  const lists = slices * (blockCount(queryLength, blockSize) + blockCount(keyLength, blockSize));
  if (lists <= mostLists) return;
  throw tooLarge(
    caller,
    'lists of blocks',
    mostLists,
    `${lists} (heads ${heads} · batch rows ${batch} · blocks of queries and of keys)`,
    `use a blockSize above ${blockSize}, or fewer batch rows at a time.`,
  );
}

/** Throws where more blocks would be listed than fit. */
export function requireEntries(caller: string, entries: number, { blockSize }: Geometry): void {
  if (entries <= mostEntries) return;
  throw tooLarge(
    caller,
    'visited blocks',
    mostEntries,
    `${entries} or more`,
    `use a blockSize above ${blockSize}, a sparser mask, or a part of the sequence at a time.`,
  );
}
