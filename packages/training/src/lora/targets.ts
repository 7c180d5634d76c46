import type { Spec } from '@longspan/core-tensor';
import { ConfigError, show } from '@longspan/core-tensor/error';
import type { Selection } from '../optimizer/selection.ts';

/** The weights [out, in] of a spec that are chosen; those of all linear maps without a choice. */
export function targetsOf(caller: string, spec: Spec, selection: Selection | undefined): readonly string[] {
  if (selection !== undefined && typeof selection !== 'function') {
    throw new ConfigError({
      caller,
      problem: 'targets must be a choice of parameters.',
      expected: "named('*.query.weight', '*.value.weight'), say",
      got: show(selection),
      remedy: 'give patterns of names to named(); * stands for any text.',
    });
  }
  const names = Object.keys(spec);
  const found = names.filter((name) =>
    selection === undefined ? spec[name]?.packable === true : selection(name, spec[name]?.shape as readonly number[]),
  );
  if (found.length === 0) {
    throw new ConfigError({
      caller,
      problem:
        selection === undefined
          ? 'the layer must have a linear map, or targets be given.'
          : 'targets must choose a parameter of the layer.',
      expected: `some of ${names.slice(0, 5).join(', ')}${names.length > 5 ? `, … (${names.length} names)` : ''}`,
      got: 'none of them',
      remedy: "look at Object.keys(layer.spec); named('*.query.weight') chooses that weight of every layer.",
    });
  }
  const wrong = found.find((name) => spec[name]?.shape.length !== 2);
  if (wrong === undefined) return found;
  throw new ConfigError({
    caller,
    problem: 'every target must be a weight [out, in].',
    expected: 'weights of linear maps, or tables',
    got: `${wrong} [${spec[wrong]?.shape.join(', ')}]`,
    remedy: "end the pattern in 'weight': named('*.query.weight').",
  });
}
