/** Which keys a query of local attention attends to, by buckets, as the package local-attention of Phil Wang has it. */
export interface LocalSight {
  readonly bucketSize: number;
  readonly causal?: boolean | undefined;
  /** How many buckets before the query's own; 1 by default. */
  readonly before?: number | undefined;
  /** How many buckets after it; 1 by default, 0 where causal. */
  readonly after?: number | undefined;
  /** Not farther than so many buckets' tokens, counted from the query itself. */
  readonly exactWindow?: boolean | undefined;
}

/** Whether the query attends to the key. */
export function isLocal(
  { bucketSize, causal = false, before = 1, after = causal ? 0 : 1, exactWindow = false }: LocalSight,
  query: number,
  key: number,
): boolean {
  const bucketsBack = Math.floor(query / bucketSize) - Math.floor(key / bucketSize);
  if (bucketsBack > before || bucketsBack < -after || (causal && key > query)) return false;
  return !exactWindow || (query - key <= bucketSize * before && key - query <= bucketSize * after);
}

/** What else the package can do, each combined with any other. */
export interface PublishedLocalSight extends LocalSight {
  /** Keys come to unit length, and a token attends to itself only where it attends to nothing else. */
  readonly sharedQueryKey?: boolean | undefined;
  readonly rotary?: boolean | undefined;
  /** Rotary positions whose scores fade with the distance. */
  readonly xpos?: boolean | undefined;
}

type Rows = readonly (readonly number[])[];

/** Queries, keys and values [n, d] of one batch row and head; 1 for a token and 0 for padding. */
export interface LocalRows {
  readonly q: Rows;
  readonly k: Rows;
  readonly v: Rows;
  readonly mask?: readonly number[] | undefined;
}

/**
 * The package's forward pass, bucket by bucket as it is written there, its faults included, in float64 on lists: xpos multiplies by
 * powers that float32 does not hold over many buckets.
 */
export function publishedLocalAttention(config: PublishedLocalSight, { q, k, v, mask }: LocalRows): number[][] {
  const { bucketSize, causal = false, before = 1, exactWindow = false } = config;
  const after = config.after ?? (causal ? 0 : 1);
  const d = (q[0] as readonly number[]).length;
  const length = (before + 1 + after) * bucketSize;
  const buckets = Math.ceil(q.length / bucketSize);
  const norm = (row: readonly number[]) => Math.max(1e-12, Math.hypot(...row));
  const keys = config.sharedQueryKey === true ? k.map((row) => row.map((x) => x / norm(row))) : k;
  const turn = (row: readonly number[], t: number, direction: 1 | -1): readonly number[] => {
    if (config.rotary !== true) return row;
    return row.map((x, at) => {
      const pair = at % (d / 2);
      const angle = t / 10000 ** ((2 * pair) / d);
      const other = at < d / 2 ? -(row[at + d / 2] as number) : (row[at - d / 2] as number);
      const turned = x * Math.cos(angle) + other * Math.sin(angle);
      if (config.xpos !== true) return turned;
      return turned * ((2 * pair + 0.4 * d) / (1.4 * d)) ** ((direction * (t - Math.floor(length / 2))) / Math.floor(bucketSize / 2));
    });
  };
  const like = (value: number): readonly number[] => (v[0] as readonly number[]).map(() => value);
  return q.map((row, i) => {
    const first = (Math.floor(i / bucketSize) - before) * bucketSize;
    const turnedQuery = turn(row, length - bucketSize + (i % bucketSize), 1);
    const around = Array.from({ length }, (_, t) => {
      const j = first + t;
      const outside = j < 0 || j >= buckets * bucketSize;
      const zero = row.map(() => 0);
      const key = turn(outside ? zero : (keys[j] ?? zero), t, -1);
      let score = turnedQuery.reduce((total, x, at) => total + x * (key[at] as number), 0) / Math.sqrt(d);
      if (config.sharedQueryKey === true && i === j) score = -5e4;
      const tooFar = exactWindow && (i > j + bucketSize * before || (!causal && j - bucketSize * after > i));
      const hidden = outside || (causal && j > i) || tooFar || (mask !== undefined && mask[j] !== 1);
      return { score: hidden ? -1e300 : score, value: outside ? like(-1) : (v[j] ?? like(0)) };
    });
    const top = Math.max(...around.map(({ score }) => score));
    const weights = around.map(({ score }) => Math.exp(score - top));
    const total = weights.reduce((a, b) => a + b);
    return like(0).map((_, f) => around.reduce((out, { value }, t) => out + ((weights[t] as number) / total) * (value[f] as number), 0));
  });
}
