/**
 * Moves labels apart along one axis, as little as they need, keeping their order: two lines that end at the same place have two labels above
 * each other.
 */
export function spread(places: readonly number[], gap: number, { from, to }: { readonly from: number; readonly to: number }): number[] {
  const order = places.map((_, at) => at).toSorted((one, other) => (places[one] as number) - (places[other] as number));
  const spreadOut = order.map((at) => places[at] as number);
  for (let at = 1; at < spreadOut.length; at++) spreadOut[at] = Math.max(spreadOut[at] as number, (spreadOut[at - 1] as number) + gap);
  let limit = to;
  for (let at = spreadOut.length - 1; at >= 0; at--) {
    spreadOut[at] = Math.max(Math.min(spreadOut[at] as number, limit), from);
    limit = (spreadOut[at] as number) - gap;
  }
  const found = [...places];
  for (const [rank, at] of order.entries()) found[at] = spreadOut[rank] as number;
  return found;
}
