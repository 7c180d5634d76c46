/** Which queries attend to a chunk of keys, and so get a part of dQ from it: the same for all sequences. */
@unmanaged
export class QueryPart {
  firstQuery: i32;
  queries: i32;
  /** Where its rows begin, [b · h, queries, stride], counted in rows of all parts. */
  firstRow: i32;
}

// @ts-ignore: decorator
@inline
export function partAt(parts: usize, chunk: i32): QueryPart {
  return changetype<QueryPart>(parts + <usize>chunk * offsetof<QueryPart>());
}

/** How `addQueryParts` adds; the host writes it, field by field, 4 bytes each. */
@unmanaged
export class PartSum {
  source: usize;
  /** May be the source, where there is one part of all queries. */
  target: usize;
  /** Numbers of each row; after them, a target row is filled with zeros. */
  width: i32;
  /** Bytes from row to row. */
  sourceStride: i32;
  targetStride: i32;
  scale: f32;
  parts: usize;
  partCount: i32;
  queryLength: i32;
}

/** target[row] = scale · the sum of the row's parts, in order; zeros where no part has it. Items are rows of [b · h, nq]. */
export function addQueryParts(job: PartSum, from: i32, to: i32, _scratch: usize): void {
  for (let row = from; row < to; row++) {
    const query = row % job.queryLength;
    const sequence = row / job.queryLength;
    const target = job.target + <usize>row * job.targetStride;
    let isFirst = true;
    for (let chunk = 0; chunk < job.partCount; chunk++) {
      const part = partAt(job.parts, chunk);
      const at = query - part.firstQuery;
      if (at < 0 || at >= part.queries) continue;
      const source = job.source + <usize>(part.firstRow + sequence * part.queries + at) * job.sourceStride;
      addRow(source, target, job.width, job.scale, isFirst);
      isFirst = false;
    }
    const written = isFirst ? 0 : job.width << 2;
    memory.fill(target + written, 0, job.targetStride - written);
  }
}

/** target = (or +=) scale · source */
function addRow(source: usize, target: usize, width: i32, scale: f32, isFirst: bool): void {
  const scales = f32x4.splat(scale);
  let column = 0;
  for (; column + 4 <= width; column += 4) {
    const at = <usize>column << 2;
    const scaled = f32x4.mul(v128.load(source + at), scales);
    v128.store(target + at, isFirst ? scaled : f32x4.add(scaled, v128.load(target + at)));
  }
  for (; column < width; column++) {
    const at = <usize>column << 2;
    const scaled = load<f32>(source + at) * scale;
    store<f32>(target + at, isFirst ? scaled : scaled + load<f32>(target + at));
  }
}
