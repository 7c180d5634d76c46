import { ConfigError, isRecord, show } from '@longspan/core-tensor/error';

/** What the classes are called: id2label of the config, or LABEL_0, LABEL_1, … as Hugging Face calls them. */
export function labelsOf(caller: string, config: object | undefined, count: number): readonly string[] {
  const { id2label } = (config ?? {}) as { readonly id2label?: unknown };
  const names = Array.from({ length: count }, (_, at) => (isRecord(id2label) ? id2label[at] : `LABEL_${at}`));
  if (names.every((name): name is string => typeof name === 'string')) return names;
  throw new ConfigError({
    caller,
    problem: 'config.id2label must have a name for each class of the model.',
    expected: `names of ${count} classes, 0 to ${count - 1}`,
    got: show(id2label),
    remedy: 'give the config that belongs to the checkpoint.',
  });
}

/** exp(x − largest) / their sum, in float64. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(logits);
  const largest = values.reduce((most, each) => Math.max(most, each), Number.NEGATIVE_INFINITY);
  const exponentials = values.map((value) => Math.exp(value - largest));
  const total = exponentials.reduce((sum, each) => sum + each, 0);
  return exponentials.map((value) => value / total);
}
