import { weightDecayGroups } from '@longspan/core-tensor';
import { ConfigError, requireKind, show } from '@longspan/core-tensor/error';

/** Chooses parameters by name and shape. */
export type Selection = (name: string, shape: readonly number[]) => boolean;

/**
 * Chooses the parameters on which weight decay acts by the layer's own spec: weights and tables, and no biases or norms.
 * @example
 * const decays = decayedBy(linear({ inFeatures: 3, outFeatures: 2 }));
 * [decays('weight', [2, 3]), decays('bias', [2])]; // => [true, false]
 */
export function decayedBy(layer: Parameters<typeof weightDecayGroups>[0]): Selection {
  requireKind('decayedBy', 'layer', layer, 'layer');
  const decayed = new Set(weightDecayGroups(layer).decay);
  return (name) => decayed.has(name);
}

/**
 * Chooses parameters by patterns of their names, in which a `*` stands for any text.
 * @throws ConfigError when there is no pattern, or one is no text
 * @example
 * const chosen = named('layers.0.*', '*.bias');
 * ['layers.0.weight', 'layers.1.bias', 'layers.1.weight'].map((name) => chosen(name, [])); // => [true, true, false]
 */
export function named(...patterns: readonly string[]): Selection {
  if (patterns.length === 0 || patterns.some((pattern) => typeof pattern !== 'string')) {
    throw new ConfigError({
      caller: 'named',
      problem: 'patterns must be texts, one or more.',
      expected: "'layers.0.*', '*.bias'",
      got: show(patterns),
      remedy: "write named('*') for all parameters.",
    });
  }
  const parts = patterns.map((pattern) => pattern.split('*'));
  return (name) => parts.some((each) => matches(name, each));
}

/** Whether a name begins and ends as a pattern does, with the texts between its stars in their order. */
function matches(name: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/**
 * Chooses all parameters of two axes: what Muon moves.
 * @example
 * [matrices('weight', [2, 3]), matrices('bias', [2])]; // => [true, false]
 */
export const matrices: Selection = (_name, shape) => shape.length === 2;
