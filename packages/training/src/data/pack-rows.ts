import { ConfigError, requireInteger, requireIntegers, requireKnown } from '@longspan/core-tensor/error';

/**
 * Says which sequences share a row of a given length, so that little of it is padding: the longest first, each into the fullest row that still
 * has room for it. Best-fit decreasing takes at most 11/9 of the rows of the best packing, and one more.
 * @param lengths tokens of each sequence
 * @param options.length tokens of a row
 * @returns rows of indices into the list, each ascending; every sequence comes once
 * @throws ConfigError when a sequence is longer than a row
 * @cost O(sequences · log sequences + sequences · length)
 * @source Johnson 1974; packing for transformers: Krell et al. 2021 (arXiv 2107.02027)
 * @example
 * packRows([5, 3, 2, 4], { length: 7 }); // => [[0, 2], [1, 3]]
 */
export function packRows(lengths: ArrayLike<number>, options: { readonly length: number }): readonly (readonly number[])[] {
  const caller = 'packRows';
  const all = requireIntegers(caller, 'lengths', lengths, 1);
  requireKnown(caller, options, { length: true });
  const { length } = options;
  requireInteger(caller, { length }, 1);
  const longest = all.findIndex((each) => each > length);
  if (longest >= 0) {
    throw new ConfigError({
      caller,
      problem: 'every sequence must fit into a row.',
      expected: `lengths of at most ${length} (length)`,
      got: `${all[longest]} at index ${longest}`,
      remedy: 'cut it, or take longer rows.',
    });
  }
  const rows: number[][] = [];
  const withRoom = new Map<number, number[]>(); // rows by the tokens that they still have room for
  const order = all.map((_, index) => index).sort((one, other) => (all[other] as number) - (all[one] as number));
  for (const index of order) {
    const needed = all[index] as number;
    let room = Number.POSITIVE_INFINITY;
    for (const [each, alike] of withRoom) if (each >= needed && each < room && alike.length > 0) room = each;
    const row = Number.isFinite(room) ? (withRoom.get(room)?.shift() as number) : rows.push([]) - 1;
    rows[row]?.push(index);
    const left = (Number.isFinite(room) ? room : length) - needed;
    const alike = withRoom.get(left);
    if (alike === undefined) withRoom.set(left, [row]);
    else alike.push(row);
  }
  return rows.map((row) => row.sort((one, other) => one - other));
}
