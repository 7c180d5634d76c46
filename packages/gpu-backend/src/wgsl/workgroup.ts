/**
 * The beginning of `main`, of so many threads: `group` is the workgroup's number in a row that `encode` may have laid out in two axes, which
 * may hold more than the row has; `t` is the thread's number in it.
 */
export const mainOfRow = (threads: number): string => `
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) groupAt: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let group = groupAt.y * groups.x + groupAt.x;`;
