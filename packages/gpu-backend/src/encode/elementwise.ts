import type { Tensor } from '@tensorflow/tfjs-core';
import type { TfjsWebGpu } from '../tfjs/tfjs-webgpu.ts';
import type { Fields } from '../wgsl/fields.ts';
import { packed } from '../wgsl/packed.ts';
import { mainOfRow } from '../wgsl/workgroup.ts';
import { u32 } from './encode.ts';
import { withFloats } from './float-buffer.ts';
import { partOf, rowParts } from './row-parts.ts';
import { reads, runProgram, writes } from './run-program.ts';
import { unwritten } from './unwritten.ts';

export interface Elementwise {
  /** Says all that `code` and `body` depend on. */
  readonly name: string;
  /** Tensors of as many numbers, under their names in WGSL. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** What is made, of as many numbers. */
  readonly outputs: readonly string[];
  readonly fields?: Fields | undefined;
  readonly code?: string | undefined;
  /** Statements of one thread, for the N at `at` of each tensor; `u.first` numbers come before the first of the part that is bound. */
  readonly body: string;
}

const threads = 256;

/**
 * What becomes of tensors number by number.
 * @shape outputs have the shape of the first input
 * @cost one dispatch; more where the tensors are larger than a binding
 */
export function elementwise(backend: TfjsWebGpu, { name, inputs, outputs, fields = {}, code = '', body }: Elementwise): Tensor[] {
  const [like] = Object.values(inputs) as [Tensor];
  const floats = Object.entries(inputs).map(([each, x]) => [each, withFloats(backend, x)] as const);
  const made = outputs.map((each) => [each, unwritten(backend, like.shape)] as const);
  const kind = packed(like.size);
  for (const part of rowParts(backend.device.limits, like.size, 4)) {
    const numbers = (x: Tensor) => partOf(x, part, 4);
    runProgram(backend, {
      name: `${name}, ${kind.name}`,
      bound: {
        ...Object.fromEntries(floats.map(([each, x]) => [each, reads(numbers(x), 'array<N>')])),
        ...Object.fromEntries(made.map(([each, x]) => [each, writes(numbers(x), 'array<N>')])),
      },
      fields: { count: u32(part.count / kind.size), first: u32(part.first), ...fields },
      text: () => `${kind.code}
${code}
${mainOfRow(threads)}
  let at = group * ${threads}u + t;
  if (at >= u.count) { return; }
  ${body}
}`,
      workgroups: Math.ceil(part.count / kind.size / threads),
    });
  }
  return made.map(([, x]) => x);
}
