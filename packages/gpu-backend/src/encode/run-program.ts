import type { TfjsWebGpu } from '../tfjs/tfjs-webgpu.ts';
import { type Fields, structOf } from '../wgsl/fields.ts';
import { declared } from '../wgsl/program-text.ts';
import { type Bindable, type Dispatch, encode } from './encode.ts';

/** A storage buffer of a program, under the name that its WGSL has for it. */
export interface Bound {
  readonly to: Bindable;
  readonly type: string;
  readonly isWritten?: boolean | undefined;
}

export const reads = (to: Bindable, type: string): Bound => ({ to, type });
export const writes = (to: Bindable, type: string): Bound => ({ to, type, isWritten: true });

export interface ProgramRun {
  /** Says all that the text depends on: equal names are equal texts. */
  readonly name: string;
  readonly bound: Readonly<Record<string, Bound>>;
  readonly fields: Fields;
  /** What comes after the declarations of what is bound and of the uniforms `u`. */
  readonly text: () => string;
  readonly workgroups: Dispatch['workgroups'];
}

/** Encodes a program that declares what it is bound to; none where there is nothing to do. */
export function runProgram(backend: TfjsWebGpu, { name, bound, fields, text, workgroups }: ProgramRun): void {
  if (workgroups === 0) return;
  const bindings = Object.entries(bound).map(([each, { type, isWritten }]) => ({ name: each, type, isWritten }));
  encode(backend, {
    program: { name, wgsl: () => `${declared(bindings, structOf(fields))}\n${text()}` },
    bindings: Object.values(bound).map(({ to }) => to),
    uniforms: Object.values(fields),
    workgroups,
  });
}
