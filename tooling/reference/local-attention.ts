/** Which keys a query of local attention sees, by buckets, as the package local-attention of Phil Wang has it. */
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

/** Whether the query sees the key. */
export function isLocal(
  { bucketSize, causal = false, before = 1, after = causal ? 0 : 1, exactWindow = false }: LocalSight,
  query: number,
  key: number,
): boolean {
  const bucketsBack = Math.floor(query / bucketSize) - Math.floor(key / bucketSize);
  if (bucketsBack > before || bucketsBack < -after || (causal && key > query)) return false;
  return !exactWindow || (query - key <= bucketSize * before && key - query <= bucketSize * after);
}
