import { defineLayer, type Layer, type LayerResult } from '@longspan/core-tensor';
import { ConfigError, inNameOf, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';
import { requireLayers } from '../layers/require-layers.ts';
import { type HatContext, type HatEncoders, type HatSizes, hatEncoderNames, hatLayer, hatSizeNames, requireHatSizes } from './hat-layer.ts';

/** Where the encoders over segments stand among those over tokens. */
export type HatScheduleKind = 'interleaved' | 'early' | 'late' | 'adHoc';

const kinds: readonly HatScheduleKind[] = ['interleaved', 'early', 'late', 'adHoc'];

/**
 * The schedules of the paper: which of `sentences` encoders over segments are followed by one of `documents` encoders across them.
 * Interleaved: as evenly as can be, the last one at the end. Early: after the first. Late: after the last. Ad hoc: all on top, in layers
 * of their own.
 * @throws ConfigError when a number is not an integer from 1 to 10,000, or, but for ad hoc, there are more document encoders than sentence
 *   ones
 * @source Chalkidis et al. 2022 (arXiv 2210.05529) §3.2, figure 3
 * @example
 * hatSchedule('late', { sentences: 3, documents: 1 }).map(({ document }) => document); // => [false, false, true]
 * hatSchedule('interleaved', { sentences: 4, documents: 2 }).map(({ document }) => document); // => [false, true, false, true]
 * hatSchedule('adHoc', { sentences: 1, documents: 1 }); // => [{ sentence: true, document: false }, { sentence: false, document: true }]
 */
export function hatSchedule(
  kind: HatScheduleKind,
  options: { readonly sentences: number; readonly documents: number },
): readonly HatEncoders[] {
  requireKnown('hatSchedule', options, { sentences: true, documents: true });
  const { sentences, documents } = options;
  if (!kinds.includes(kind)) {
    throw new ConfigError({
      caller: 'hatSchedule',
      problem: `kind must be one of ${kinds.join(', ')}.`,
      expected: kinds.map((each) => `'${each}'`).join(', '),
      got: show(kind),
      remedy: "use 'interleaved', the best of the paper.",
    });
  }
  requireLayers('hatSchedule', { sentences, documents }, 1);
  const layers = (count: number, document: (at: number) => boolean): readonly HatEncoders[] =>
    Array.from({ length: count }, (_, at) => ({ sentence: true, document: document(at) }));
  if (kind === 'adHoc') {
    return [...layers(sentences, () => false), ...Array.from({ length: documents }, () => ({ sentence: false, document: true }))];
  }
  if (documents > sentences) {
    throw new ConfigError({
      caller: 'hatSchedule',
      problem: 'documents must be at most sentences, for each encoder across segments follows one within them.',
      expected: `at most ${sentences} (sentences)`,
      got: `${documents}`,
      remedy: "use 'adHoc', or a list of layers of your own.",
    });
  }
  if (kind === 'early') return layers(sentences, (at) => at < documents);
  if (kind === 'late') return layers(sentences, (at) => at >= sentences - documents);
  const due = (at: number): number => Math.floor((at * documents) / sentences);
  return layers(sentences, (at) => due(at + 1) > due(at));
}

export interface HatConfig extends HatSizes {
  /** The encoders of each layer: those of `hatSchedule`, or a list of your own. */
  readonly schedule: readonly HatEncoders[];
}

/** `hidden` is the last of the states, the same tensor. */
export interface HatOutput extends LayerResult {
  /** The output of each layer, in order. */
  readonly states: readonly Tensor[];
}

/**
 * The layers of the hierarchical attention transformer. Parameters `layer.N.…` (see hatLayer).
 * @shape x [b, n, width] -> { hidden, states }, each [b, n, width]
 * @throws ConfigError when there is no layer; else as hatLayer
 * @cost that of its layers
 * @source Chalkidis et al. 2022 (arXiv 2210.05529); HATEncoder of coastalcph/hierarchical-transformers
 * @example
 * const schedule = hatSchedule('late', { sentences: 2, documents: 1 });
 * const layers = hat({ width: 4, heads: 2, segmentLength: 3, maxSegments: 5, schedule });
 * const { states } = layers.apply(layers.init(createKey(0)), ones([1, 6, 4]));
 * states.map(({ shape }) => shape); // => [[1, 6, 4], [1, 6, 4]]
 */
export function hat(config: HatConfig): Layer<HatContext, HatOutput> {
  requireKnown('hat', config, { ...hatSizeNames, schedule: true });
  requireHatSizes('hat', config);
  const { schedule, ...sizes } = config;
  requireKind('hat', 'schedule', schedule, 'list');
  requireLayers('hat', { 'schedule.length': schedule.length }, 1);
  for (const [at, encoders] of schedule.entries()) {
    requireKind('hat', `schedule[${at}]`, encoders, 'record');
    requireKnown('hat schedule', encoders, hatEncoderNames);
  }
  const layers = inNameOf('hat', () => schedule.map((encoders) => hatLayer({ ...sizes, ...encoders })));
  const numbered: Readonly<Record<string, Layer<HatContext>>> = Object.fromEntries(layers.map((layer, at) => [`layer.${at}`, layer]));
  return defineLayer({
    name: 'hat',
    parts: numbered,
    check: (caller, x, context: HatContext) => layers[0]?.check(caller, x, context),
    run({ parts }, x) {
      const states: Tensor[] = [];
      for (const part of Object.values(parts)) states.push(part(states.at(-1) ?? x));
      return { hidden: states.at(-1) as Tensor, states };
    },
  });
}
