import { ConfigError, ShapeError } from '@longspan/core-tensor/error';

/** An equation with every axis named by one character. */
export interface Equation {
  /** The axes of each input; a name that stands twice is a diagonal. */
  readonly inputs: readonly string[];
  readonly output: string;
  /** By name; an input may have 1 instead, which is repeated. */
  readonly extents: ReadonlyMap<string, number>;
}

const caller = 'einsum';

/**
 * Reads an equation: explicit (`bij,bjk->bik`) or implicit (`bij,bjk`: what stands once, in alphabetical order), with `...` for any axes,
 * which are aligned at the right and come first in an implicit output.
 * @throws ConfigError for an invalid equation; ShapeError where the shapes do not fit it
 */
export function readEquation(text: string, shapes: readonly (readonly number[])[]): Equation {
  const { inputs: parts, output } = split(text);
  if (parts.length !== shapes.length) throw unfit(text, shapes);
  const covered = parts.map((part, at) => {
    const [before = '', after] = part.split(ellipsis);
    const count = (shapes[at] as readonly number[]).length - before.length - (after ?? '').length;
    if (count < 0 || (after === undefined && count > 0)) throw unfit(text, shapes);
    return count;
  });
  const most = Math.max(0, ...covered);
  const inputs = parts.map((part, at) => part.replace(ellipsis, namesOfCovered(covered[at] as number)));
  return {
    inputs,
    output: output === undefined ? implicitOutput(inputs, namesOfCovered(most)) : output.replace(ellipsis, namesOfCovered(most)),
    extents: extentsOf(text, inputs, shapes),
  };
}

const ellipsis = '...';

/** The parts as they are written; the output undefined where it is implicit. */
function split(text: string): { readonly inputs: readonly string[]; readonly output: string | undefined } {
  const [left = '', output, ...more] = text.replaceAll(/\s/g, '').split('->');
  const inputs = left.split(',');
  const isPart = (part: string): boolean => /^[a-z]*([.]{3})?[a-z]*$/i.test(part);
  const isOutput =
    output === undefined ||
    (isPart(output) &&
      new Set(output.replace(ellipsis, '')).size === output.replace(ellipsis, '').length &&
      [...output].every((name) => left.includes(name)));
  if (more.length === 0 && inputs.every(isPart) && isOutput) return { inputs, output };
  throw new ConfigError({
    caller,
    problem: "the equation must name axes by letters, as in 'bij,bjk->bik'.",
    expected: "a letter for each axis, '...' for any others; in the output, each letter once and only those of the inputs",
    got: text,
    remedy: "write the output after '->', or leave '->' out for the letters that stand once, in alphabetical order.",
  });
}

/** Names that no letter has, of the axes that an ellipsis covers: from the last, so that they are aligned at the right. */
const namesOfCovered = (count: number): string =>
  Array.from({ length: count }, (_, at) => String.fromCharCode(0x100 + count - 1 - at)).join('');

function implicitOutput(inputs: readonly string[], covered: string): string {
  const all = [...inputs.join('')];
  const once = [...new Set(all)].filter((name) => !covered.includes(name) && all.filter((each) => each === name).length === 1);
  return covered + once.sort().join('');
}

function extentsOf(text: string, inputs: readonly string[], shapes: readonly (readonly number[])[]): ReadonlyMap<string, number> {
  const extents = new Map<string, number>();
  inputs.forEach((names, at) => {
    const own = new Map<string, number>();
    [...names].forEach((name, axis) => {
      const extent = (shapes[at] as readonly number[])[axis] as number;
      const known = extents.get(name) ?? 1;
      if ((own.get(name) ?? extent) !== extent || (extent !== 1 && known !== 1 && extent !== known)) throw unfit(text, shapes);
      own.set(name, extent);
      if (known === 1) extents.set(name, extent);
    });
  });
  return extents;
}

const unfit = (text: string, shapes: readonly (readonly number[])[]): ShapeError =>
  new ShapeError({
    caller,
    problem: 'the tensors must fit the equation.',
    expected: `one tensor for each part of ${text}, an axis for each letter, and equal letters of equal extents (or 1, which is repeated)`,
    got: shapes.map((shape) => `[${shape.join(', ')}]`).join(' and '),
    remedy: 'give the tensors in the order of the equation.',
  });
