import { each } from './program-text.ts';

/**
 * The beginning of `main`, of so many threads: `group` is the workgroup's number in a row that `encode` may have laid out in two axes, which
 * may hold more than the row has; `t` is the thread's number in it.
 */
export const mainOfRow = (threads: number): string => `
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) groupAt: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let group = groupAt.y * groups.x + groupAt.x;`;

/**
 * Statements for each of some tensors, one after the other along the row of workgroups: of the nth, whose items `u.countN` counts, those for the
 * item `at`.
 */
export const oneAfterTheOther = (tensors: number, threads: number, body: (nth: number) => string): string => `var left = group;
  ${each(
    tensors,
    (nth) => `{
    let groupsOfOne = (u.count${nth} + ${threads - 1}u) / ${threads}u;
    if (left < groupsOfOne) {
      let at = left * ${threads}u + t;
      if (at >= u.count${nth}) { return; }
      ${body(nth)}
      return;
    }
    left -= groupsOfOne;
  }`,
  )}`;
