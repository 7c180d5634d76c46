import { type Fields, structOf } from '../../../wgsl/fields.ts';
import { declared } from '../../../wgsl/program-text.ts';
import { readRows } from '../../../wgsl/rows.ts';
import { unusual } from './unusual.ts';

/** stats[query] = (logSumExp, roundedOff, rowsum(out · outCotangent) − logSumExpCotangent, 0), one thread for each query. */
export function rowStatsText(fields: Fields, isAligned: boolean): string {
  const out = readRows('out', 'u.valueDim', isAligned, 'u.outStart');
  const cotangent = readRows('cotangent', 'u.valueDim', isAligned, 'u.cotangentStart');
  return `${declared(
    [
      { name: 'out', type: out.type },
      { name: 'cotangent', type: cotangent.type },
      { name: 'logSumExp', type: 'array<f32>' },
      { name: 'roundedOff', type: 'array<f32>' },
      { name: 'logSumExpCotangent', type: 'array<f32>' },
      { name: 'stats', type: 'array<vec4f>', isWritten: true },
    ],
    structOf(fields),
  )}
${out.code}
${cotangent.code}
${unusual}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let row = (group.y * groups.x + group.x) * 64u + t;
  if (row >= u.rows) { return; }
  // No cotangent applies to a log-sum-exp of -Infinity.
  let isEmpty = bitcast<u32>(logSumExp[u.logSumExpStart + row]) == u.minusInfinity;
  var sum = select(-logSumExpCotangent[u.logSumExpCotangentStart + row], 0.0, isEmpty);
  for (var vector = 0u; vector < (u.valueDim + 3u) / 4u; vector++) { sum += dot(cleaned(outAt(row, vector)), cleaned(cotangentAt(row, vector))); }
  stats[u.statsStart + row] = vec4f(select(logSumExp[u.logSumExpStart + row], 0.0, isEmpty), roundedOff[u.roundedOffStart + row], sum, 0.0);
}`;
}
