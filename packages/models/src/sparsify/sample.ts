import type { Layer } from '@longspan/core-tensor';
import { dims, type Padding } from '@longspan/core-tensor';
import { ConfigError, isList, isRecord, requireIntegers, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { type Tensor, tensor2d } from '@tensorflow/tfjs-core';

/** A text of the sample: its ids; or a batch as `train` takes it, int32 [b, n], with what else the model and its loss read. */
export type SampleText = readonly number[] | { readonly x: Tensor; readonly context?: Readonly<Record<string, unknown>> | undefined };

/** A text that was checked. */
export interface ReadText {
  readonly batch: number;
  readonly length: number;
  readonly padding: Padding | undefined;
  /** What the model reads. */
  readonly context: Readonly<Record<string, unknown>>;
  /** The same with labels, where there are some. */
  readonly lossContext: Readonly<Record<string, unknown>> | undefined;
  /** Runs with the ids; a tensor that was made for it is disposed. */
  withIds<Result>(run: (ids: Tensor) => Promise<Result>): Promise<Result>;
}

/** Throws unless all are texts, with labels in each of them or in none. */
export function readSample(
  caller: string,
  sample: readonly SampleText[],
  model: { readonly reads: readonly string[]; readonly loss?: Pick<Layer, 'reads'> | undefined },
): readonly ReadText[] {
  if (!isList(sample) || sample.length === 0 || typeof sample[0] === 'number') throw noTexts(caller, sample);
  const labels = model.loss?.reads.filter((name) => !model.reads.includes(name)) ?? [];
  const texts = Array.from(sample, (text, at) => readText(caller, `sample[${at}]`, text, labels));
  const without = texts.findIndex(({ lossContext }) => (lossContext === undefined) !== (texts[0]?.lossContext === undefined));
  if (without < 0) return texts;
  throw new ConfigError({
    caller,
    problem: 'all texts of the sample must have labels, or none.',
    expected: `${labels.join(', ')} in the context of ${texts[0]?.lossContext === undefined ? 'none' : 'each'}  (set by sample[0])`,
    got: `sample[${without}] ${texts[0]?.lossContext === undefined ? 'with' : 'without'} them`,
    remedy: 'give labels for the change of the loss, and leave them out for that of the outputs alone.',
  });
}

function readText(caller: string, name: string, text: SampleText, labels: readonly string[]): ReadText {
  if (!isRecord(text)) {
    const ids = requireIntegers(caller, name, text as readonly number[], 0);
    if (ids.length === 0) throw noTexts(caller, text);
    const length = ids.length;
    const withIds = async <Result>(run: (ids: Tensor) => Promise<Result>): Promise<Result> => {
      const tensor = tensor2d(Int32Array.from(ids), [1, length], 'int32');
      try {
        return await run(tensor);
      } finally {
        tensor.dispose();
      }
    };
    return { batch: 1, length, padding: undefined, context: {}, lossContext: undefined, withIds };
  }
  requireKnown(`${caller} ${name}`, text, { x: 'tensor', context: 'record' });
  const { x, context = {} } = text;
  requireKind(caller, `${name}.x`, x, 'tensor');
  const { b, n } = dims(caller, { [`${name}.x`]: [x, 'b n:int32'] });
  const isLabel = (each: string): boolean => labels.includes(each);
  const hasLabels = labels.length > 0 && labels.every((each) => context[each] !== undefined);
  return {
    batch: b,
    length: n,
    padding: context['padding'] as Padding | undefined, // the model checks it
    context: Object.fromEntries(Object.entries(context).filter(([each]) => !(hasLabels && isLabel(each)))),
    lossContext: hasLabels ? context : undefined,
    withIds: (run) => run(x),
  };
}

const noTexts = (caller: string, got: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: 'sample must hold at least one text of at least one token.',
    expected: 'a list of texts: ids, or { x, context } with int32 [b, n]',
    got: show(got),
    remedy: 'write sample: [[2, 17, 42, 3]], or give batches as train takes them.',
  });
