import type { Spec } from '@longspan/core-tensor';
import { FileError, show } from '@longspan/core-tensor/error';
import type { Family } from './family.ts';
import type { LoadedWeights } from './load-weights.ts';
import type { OpenedWeights } from './open-weights.ts';

/** The names that have no numbers yet, and those of them that are drawn. */
export function absentIn(
  { weights }: Family,
  spec: Spec,
  { parameters }: LoadedWeights,
): { readonly missing: readonly string[]; readonly drawn: readonly string[] } {
  const { body, drawn = [/(?:^|[.])pooler[.]/] } = weights;
  const isHeaded = Object.keys(spec).some((name) => name.startsWith(`${body}.`));
  const isDrawn = (name: string) => (isHeaded && !name.startsWith(`${body}.`)) || drawn.some((each) => each.test(name));
  const missing = Object.keys(spec).filter((name) => !Object.hasOwn(parameters, name));
  return { missing, drawn: missing.filter(isDrawn) };
}

/** A body without some of its weights would compute something else, and nobody would see it. */
export function requireBody(
  caller: string,
  where: string,
  {
    missing,
    drawn,
    loaded,
    opened,
  }: {
    readonly missing: readonly string[];
    readonly drawn: readonly string[];
    readonly loaded: LoadedWeights;
    readonly opened: OpenedWeights;
  },
): void {
  const needed = missing.filter((name) => !drawn.includes(name));
  if (needed.length === 0) return;
  const described = (name: string): string => {
    const shapes = loaded.misshapen.get(name);
    const dtype = loaded.unread.get(name);
    if (shapes !== undefined) return `${name} [${shapes.expected.join(', ')}]  (there [${shapes.got.slice(0, 8).join(', ')}])`;
    return dtype === undefined ? name : `${name} of a floating-point dtype  (there ${dtype})`;
  };
  throw new FileError({
    caller,
    problem: 'the checkpoint must hold every weight of the body in its shape.',
    expected: some(needed.map(described)),
    got: `${opened.tensors.size} tensors in ${where}: ${some([...opened.tensors.keys()].map((name) => show(name)))}`,
    remedy: 'check that config.json belongs to the weights, and that family is theirs.',
  });
}

/** The first of them, for a text. */
export const some = (names: readonly string[]): string =>
  `${names.slice(0, 4).join(', ')}${names.length > 4 ? `, … (${names.length})` : ''}`;
