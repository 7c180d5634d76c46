import type { AttentionCall } from '@longspan/core-tensor/kernel';
import { type Tensor, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Program } from '../../device/pipelines.ts';
import { encode, u32 } from '../../encode/encode.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import type { Fields } from '../../wgsl/fields.ts';
import { type PlacedTerm, termsOf } from './score-term/index.ts';

/** The tensors of a call's terms and its run-time lists, one after the other in one buffer: devices have few bindings to give. */
export interface Tables {
  /** Undefined where the call has none. */
  readonly tensor: Tensor | undefined;
  readonly selectedAt: number;
  readonly terms: readonly PlacedTerm[];
  /** What the terms are told, beside the fields of every call. */
  readonly fields: Fields;
}

const copy: Program = {
  name: 'copy of a table',
  wgsl: () => `
struct Uniforms { count: u32, at: u32 }
@group(0) @binding(0) var<storage, read> source: array<u32>;
@group(0) @binding(1) var<storage, read_write> target_: array<u32>;
@group(0) @binding(2) var<uniform> u: Uniforms;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let at = (group.y * groups.x + group.x) * 64u + t;
  if (at < u.count) { target_[u.at + at] = source[at]; }
}`,
};

/** Numbers of all tables of a call, 4 bytes each: one at least where it has any, though they be empty, because programs are bound to them. */
export const tableLength = (call: AttentionCall): number => {
  const { terms } = termsOf(call);
  if (call.selected === undefined && terms.every(({ sources }) => sources.length === 0)) return 0;
  const ofTerms = terms.reduce((sum, { numbers }) => sum + numbers, 0);
  return Math.max(1, ofTerms + (call.selected?.size ?? 0));
};

/** Encodes the copies. The tensor is the caller's. */
export function tablesOf(backend: TfjsWebGpu, call: AttentionCall): Tables {
  const { terms, fields } = termsOf(call);
  const { selected } = call;
  const selectedAt = terms.reduce((sum, { numbers }) => sum + numbers, 0);
  const length = tableLength(call);
  if (length === 0) return { tensor: undefined, selectedAt: 0, terms, fields };
  const tensor = unwritten(backend, [length]);
  const place = (source: TensorInfo, at: number): void => {
    const count = util.sizeFromShape(source.shape);
    if (count === 0) return;
    encode(backend, { program: copy, bindings: [source, tensor], uniforms: [u32(count), u32(at)], workgroups: Math.ceil(count / 64) });
  };
  for (const term of terms) {
    let at = term.at;
    for (const source of term.sources) {
      const isHost = ArrayBuffer.isView(source);
      const info = isHost ? backend.makeTensorInfo([source.length], 'float32', source) : source;
      place(info, at);
      if (isHost) backend.disposeData(info.dataId);
      at += util.sizeFromShape(info.shape);
    }
  }
  if (selected) place(selected, selectedAt);
  return { tensor, selectedAt, terms, fields };
}
