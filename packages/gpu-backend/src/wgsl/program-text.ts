/** A storage buffer of a program. */
export interface Binding {
  readonly name: string;
  readonly type: string;
  readonly isWritten?: boolean | undefined;
}

/** Bindings in their order, then the uniforms. */
export const declared = (bindings: readonly Binding[], struct: string): string =>
  [
    struct,
    ...bindings.map(
      ({ name, type, isWritten }, at) => `@group(0) @binding(${at}) var<storage, ${isWritten ? 'read_write' : 'read'}> ${name}: ${type};`,
    ),
    `@group(0) @binding(${bindings.length}) var<uniform> u: Uniforms;`,
  ].join('\n');

/** One text for each of 0 … count − 1, on lines of their own: registers have names, because indexed ones are kept in memory. */
export const each = (count: number, text: (at: number) => string): string => Array.from({ length: count }, (_, at) => text(at)).join('\n');

export const component = (at: number): string => 'xyzw'[at] as string;
