import type { AttentionCall } from '@longspan/core-tensor/kernel';
import type { Program } from '../../device/pipelines.ts';
import type { Fields } from '../../wgsl/fields.ts';
import type { Tables } from './tables.ts';
import type { Tile } from './tile.ts';
import type { Form } from './wgsl/form.ts';

/** Everything that the text of a kernel of a call depends on. */
export function formOf(call: AttentionCall, tile: Tile, fields: Fields, tables: Tables, learned?: number): Form {
  return {
    tile,
    fields,
    scores: { terms: tables.terms.map(({ code }) => code), learned },
    aligned: { head: call.sizes.headDim % 4 === 0, value: call.sizes.valueDim % 4 === 0 },
    hasSelected: call.selected !== undefined,
    hasTables: tables.tensor !== undefined,
  };
}

/** A kernel under a name that says what its text depends on: sizes are uniforms, so calls of many sizes share one. */
export function programOf(kernel: string, form: Form, text: (form: Form) => string): Program {
  const { tile, fields, scores, aligned, hasSelected } = form;
  const { rows, columns, depth, parts } = tile;
  const parted = [
    `${kernel} ${rows} x ${columns} x ${4 * parts * tile.columnThreads}, ${depth} deep`,
    ...(tile.precision === 'float16' ? ['operands in float16'] : []),
    ...(aligned.head ? [] : ['head dimension in fours and a rest']),
    ...(aligned.value ? [] : ['values in fours and a rest']),
    ...(hasSelected ? ['chosen blocks'] : []),
    ...scores.terms.map(({ name }) => name),
    ...(scores.learned === undefined ? [] : [`cotangents of term ${scores.learned}`]),
    `${Object.keys(fields).length} uniforms`,
  ];
  return { name: parted.join('; '), wgsl: () => `${tile.precision === 'float16' ? 'enable f16;\n' : ''}${text(form)}` };
}
