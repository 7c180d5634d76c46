/** Some vectors of a row. */
export interface Positions {
  readonly row: number;
  readonly positions: readonly number[];
}

/** A row of a drawn model: the vectors of one level after one of its layers. */
export interface Row {
  readonly name: string;
  /** Tokens that one vector stands for. */
  readonly total: number;
  readonly count: number;
  /** Which vectors of its own row a vector attends to, itself included; none in a row without attention. */
  attends(at: number): readonly number[];
  /** Which vectors of the rows below a vector is made of, before its row attends. */
  sources(at: number): readonly Positions[];
  /** Those of them that it has to do with by its place: the members of its group, its group, itself. */
  lines(at: number): readonly Positions[];
}

const range = (from: number, end: number): readonly number[] => Array.from({ length: Math.max(0, end - from) }, (_, at) => from + at);

/**
 * What every row's vectors reach of one vector: the vectors of each row below that can change it.
 * @returns for each row up to that one, its vectors; of the row itself the vector alone
 */
export function reachOf(rows: readonly Row[], row: number, at: number): readonly ReadonlySet<number>[] {
  const reached = rows.slice(0, row + 1).map(() => new Set<number>());
  reached[row]?.add(at);
  for (let above = row; above > 0; above--) {
    for (const one of reached[above] as Set<number>) {
      const { attends, sources } = rows[above] as Row;
      const attended = new Set([one, ...attends(one)]);
      for (const { row: below, positions } of [...attended].flatMap(sources)) for (const each of positions) reached[below]?.add(each);
    }
  }
  return reached;
}

export interface HourglassSizes {
  readonly tokens: number;
  /** Vectors that become one, level after level. */
  readonly factors: readonly number[];
  /** Vectors before its own that a position attends to; undefined for all. */
  readonly left: number | undefined;
}

/** How the package writes these levels: '1@3 1@6 1@3'. */
export function hierarchyOf(factors: readonly number[]): string {
  let total = 1;
  const down = factors.map((factor) => {
    total *= factor;
    return `1@${total}`;
  });
  return [...down, ...down.slice(0, -1).reverse()].join(' ');
}

/**
 * The rows of an Hourglass with one layer in each stack: tokens, ever shorter levels, and back. All of it is causal: a level shifts by its
 * factor less 1 before it pools, so that a group ends no later than the first position it is read from.
 */
export function hourglassRows({ tokens, factors, left }: HourglassSizes): readonly Row[] {
  const back = (at: number): readonly number[] => range(left === undefined ? 0 : Math.max(0, at - left), at + 1);
  const rows: Row[] = [inputRow(tokens)];
  const [totals, counts]: [number[], number[]] = [[1], [tokens]];
  const stack = (name: string, level: number, { sources, lines = sources }: Pick<Row, 'sources'> & Partial<Pick<Row, 'lines'>>): void => {
    rows.push({ name, total: totals[level] as number, count: counts[level] as number, attends: back, sources, lines });
  };
  stack('tokens', 0, { sources: (at) => [{ row: 0, positions: [at] }] });
  const before = [1];
  factors.forEach((factor, index) => {
    const above = before[index] as number;
    totals.push((totals[index] as number) * factor);
    counts.push(Math.ceil((counts[index] as number) / factor));
    // A window in vectors of the level above: as many whole groups as hold it.
    const groups = left === undefined ? Number.POSITIVE_INFINITY : Math.ceil((left + 1) / factor);
    const end = counts[index] as number;
    const members = (from: number, group: number): readonly Positions[] => [
      { row: above, positions: range(Math.max(0, from * factor - (factor - 1)), Math.min(end, group * factor + 1)) },
    ];
    before.push(rows.length);
    stack(`level ${index + 1}`, index + 1, {
      sources: (group) => members(Math.max(0, group - groups + 1), group),
      lines: (group) => members(group, group),
    });
  });
  for (let level = factors.length - 1; level >= 0; level--) {
    const factor = factors[level] as number;
    const [inner, own] = [rows.length - 1, before[level] as number];
    stack(level === 0 ? 'tokens again' : `level ${level} again`, level, {
      sources: (at) => [
        { row: own, positions: [at] },
        { row: inner, positions: back(Math.floor(at / factor)) },
      ],
      lines: (at) => [
        { row: own, positions: [at] },
        { row: inner, positions: [Math.floor(at / factor)] },
      ],
    });
  }
  return rows;
}

const inputRow = (tokens: number): Row => ({
  name: 'input',
  total: 1,
  count: tokens,
  attends: () => [],
  sources: () => [],
  lines: () => [],
});

/** The rows of HAT, schedule "early": within segments, across their first tokens, within segments again. */
export function hatRows({ tokens, segment }: { readonly tokens: number; readonly segment: number }): readonly Row[] {
  const first = (at: number): number => at - (at % segment);
  const within = (at: number): readonly number[] => range(first(at), Math.min(tokens, first(at) + segment));
  const across = (at: number): readonly number[] =>
    at % segment === 0 ? range(0, Math.ceil(tokens / segment)).map((each) => each * segment) : [];
  const row = (name: string, below: number, attends: (at: number) => readonly number[]): Row => {
    const sources = (at: number): readonly Positions[] => [{ row: below, positions: [at] }];
    return { name, total: 1, count: tokens, attends, sources, lines: sources };
  };
  return [inputRow(tokens), row('in segments', 0, within), row('across segments', 1, across), row('in segments again', 2, within)];
}
