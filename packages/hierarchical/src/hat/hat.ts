import { type Layer, scoped } from '@longspan/core-tensor';
import { ConfigError, requireInteger } from '@longspan/core-tensor/error';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { checkParameters, initialParameters, prefixedSpec } from '../layer/parameter-spec.ts';
import { type HatEncoders, type HatInputs, type HatSizes, hatLayer, hatLayerSpec } from './hat-layer.ts';

/** Where the encoders over segments stand among those over tokens. */
export type HatLayoutKind = 'interleaved' | 'early' | 'late' | 'adHoc';

/**
 * The layouts of the paper: which of `sentences` encoders over segments are followed by one of `documents` encoders across them.
 * Interleaved: as evenly as can be, the last one at the end. Early: on the first. Late: on the last. Ad hoc: all on top, in layers of
 * their own.
 * @throws ConfigError when a number is not whole and at least 1, or, but for ad hoc, there are more document encoders than sentence ones
 * @source Chalkidis et al. 2022 (arXiv 2210.05529) §3.2, figure 3
 * @example
 * hatLayout('late', { sentences: 3, documents: 1 }).map(({ document }) => document); // => [false, false, true]
 * hatLayout('interleaved', { sentences: 4, documents: 2 }).map(({ document }) => document); // => [false, true, false, true]
 * hatLayout('adHoc', { sentences: 1, documents: 1 }); // => [{ sentence: true, document: false }, { sentence: false, document: true }]
 */
export function hatLayout(
  kind: HatLayoutKind,
  { sentences, documents }: { readonly sentences: number; readonly documents: number },
): readonly HatEncoders[] {
  requireInteger('hatLayout', { sentences, documents }, 1);
  const layers = (count: number, document: (at: number) => boolean): readonly HatEncoders[] =>
    Array.from({ length: count }, (_, at) => ({ sentence: true, document: document(at) }));
  if (kind === 'adHoc') {
    return [...layers(sentences, () => false), ...Array.from({ length: documents }, () => ({ sentence: false, document: true }))];
  }
  if (documents > sentences) {
    throw new ConfigError({
      caller: 'hatLayout',
      problem: 'there are more encoders across segments than layers to put them on.',
      expected: `at most ${sentences} (sentences)`,
      got: `${documents}`,
      remedy: "use 'adHoc', or a list of layers of your own.",
    });
  }
  if (kind === 'early') return layers(sentences, (at) => at < documents);
  if (kind === 'late') return layers(sentences, (at) => at >= sentences - documents);
  const share = (at: number): number => Math.floor((at * documents) / sentences);
  return layers(sentences, (at) => share(at + 1) > share(at));
}

export interface HatConfig extends HatSizes {
  /** The encoders of each layer: one of `hatLayout`, or a list of your own. */
  readonly layout: readonly HatEncoders[];
}

/**
 * The layers of the hierarchical attention transformer. Parameters `layer.N.…` (see hatLayer).
 * @shape inputs.hidden [b, n, width]; returns the output of each layer [b, n, width]
 * @throws ConfigError when there is no layer; else as hatLayer
 * @cost that of its layers
 * @source Chalkidis et al. 2022 (arXiv 2210.05529); HATEncoder of coastalcph/hierarchical-transformers
 * @example
 * const layers = hat({ width: 4, heads: 2, segmentLength: 3, maxSegments: 5, layout: hatLayout('late', { sentences: 2, documents: 1 }) });
 * layers.apply(layers.init(createKey(0)), { hidden: ones([1, 6, 4]) }).map(({ shape }) => shape); // => [[1, 6, 4], [1, 6, 4]]
 */
export function hat({ layout, ...sizes }: HatConfig): Layer<HatInputs, readonly Tensor[]> {
  requireInteger('hat', { 'layout.length': layout.length }, 1);
  const layers = layout.map((encoders) => hatLayer(sizes, encoders));
  const spec = Object.assign({}, ...layout.map((encoders, at) => prefixedSpec(`layer.${at}`, hatLayerSpec(sizes, encoders))));
  return {
    init: (key) => initialParameters(spec, key),
    apply(parameters, { hidden, ...rest }) {
      checkParameters('hat', spec, parameters);
      return tidy(() => {
        const states: Tensor[] = [];
        for (const [at, layer] of layers.entries()) {
          states.push(layer.apply(scoped(parameters, `layer.${at}`), { hidden: states.at(-1) ?? hidden, ...rest }));
        }
        return states;
      });
    },
  };
}
