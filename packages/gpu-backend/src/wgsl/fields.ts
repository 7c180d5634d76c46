import type { Uniform } from '../tfjs/tfjs-webgpu.ts';

/** What all programs of a call are told, by the names of their struct of uniforms. */
export type Fields = Readonly<Record<string, Uniform>>;

/** The struct, in the order of the fields. */
export const structOf = (fields: Fields): string =>
  `struct Uniforms {\n${Object.entries(fields)
    .map(([name, { type }]) => `  ${name}: ${{ uint32: 'u32', int32: 'i32', float32: 'f32' }[type]},`)
    .join('\n')}\n}`;
