import type { Binding } from '../../../wgsl/program-text.ts';
import { readRows } from '../../../wgsl/rows.ts';
import type { Form } from './form.ts';

/** What both backward programs read: their bindings, and the functions that read rows of them. */
export function gradientInputs({ aligned, hasTables }: Form): { readonly bindings: readonly Binding[]; readonly code: string } {
  const rows = [
    ['q', 'u.headDim', aligned.head],
    ['k', 'u.headDim', aligned.head],
    ['v', 'u.valueDim', aligned.value],
    ['cotangent', 'u.valueDim', aligned.value],
  ] as const;
  const read = rows.map(([name, width, isAligned]) => ({ name, ...readRows(name, width, isAligned, `u.${name}Start`) }));
  return {
    bindings: [
      ...read.map(({ name, type }) => ({ name, type })),
      { name: 'stats', type: 'array<vec4f>' },
      { name: 'lists', type: 'array<u32>' },
      ...(hasTables ? [{ name: 'tables', type: 'array<u32>' }] : []),
    ],
    code: read.map(({ code }) => code).join('\n'),
  };
}
