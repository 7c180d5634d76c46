import { type Calibration, calibrate, causal, cost } from '@longspan/attention-sparse';
import { countParameters, createKey, type Key } from '@longspan/core-tensor';
import { dispose } from '@tensorflow/tfjs-core';
import { evaluate } from '../../model/evaluate.ts';
import { languageModel } from '../../model/language-model.ts';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { readText } from '../../text/read-text.ts';
import { joined, split } from '../../text/text.ts';
import { trainOnText } from '../../training/train-on-text.ts';
import { type AttentionInputs, attentionInputs, rowsOf, withLayer } from './attention-layers.ts';
import type { AdaptiveFigures, AdaptiveInput, HeadFigures, PatternFigures, UniformFigures } from './figures.ts';
import type { Kept } from './kept.ts';
import { candidatesOf, measurePairs, type PatternSetting, pairPatternsOf, patternsOf } from './patterns.ts';

/** Texts that patterns are measured on, and as many others that calibrate works on. */
const texts = 2;

/** Trains a model with full causal attention, then measures on held-out text what patterns keep of its attention. */
export async function runAdaptive(input: AdaptiveInput, reporter: Reporter): Promise<AdaptiveFigures> {
  await startBackend('wasm');
  await reporter.started();
  const { budget, blockSize, recall } = input;
  const key = createKey(input.seed).fold('adaptive').fold(input.model);
  const { training, heldOut } = split(await readText({ kind: 'book' }));
  const layer = languageModel(budget.model);
  const trained = await trainOnText(layer.loss, joined(training), { ...budget, key }, (done, total, bits) =>
    reporter.progress({ done: (0.7 * done) / total, label: `step ${done} of ${total}, ${bits.toFixed(2)} bits per character` }),
  );
  const model = { layer, parameters: trained.parameters };
  const evaluated = await evaluate(model, heldOut, budget, async () => {});

  const layers = attentionInputs(budget.model, model.parameters, heldOutTexts(heldOut, budget.length, 2 * texts));
  const patterns: PatternFigures[][] = [];
  const calibrations: { readonly seen: Calibration; readonly unseen: Calibration }[] = [];
  for (const [layer, inputs] of layers.entries()) {
    const [unseen, seen] = [rowsOf(inputs, 0, texts), rowsOf(inputs, texts, texts)];
    await reporter.progress({ done: 0.75 + (0.25 * layer) / layers.length, label: `patterns on layer ${layer + 1} of ${layers.length}` });
    patterns.push(await measuredPatterns(unseen, { n: budget.length, blockSize, key: key.fold('random blocks') }));
    const options = { recall, candidates: candidatesOf({ n: budget.length, blockSize }), mask: causal(), blockSize };
    calibrations.push({ seen: await calibrate(seen.q, seen.k, options), unseen: await calibrate(unseen.q, unseen.k, options) });
    dispose([{ ...inputs }, { ...seen }, { ...unseen }]);
  }
  const causalShare = cost(causal(), { queryLength: budget.length, blockSize }).visitedFraction;
  return {
    parameters: countParameters(model.parameters),
    steps: trained.steps,
    trainingSeconds: trained.seconds,
    heldOutBits: evaluated.bits,
    patterns: overLayers(patterns),
    ...calibrated(
      calibrations,
      causalShare,
      candidatesOf({ n: budget.length, blockSize }).map(({ name }) => name),
      recall,
    ),
  };
}

/** Beginnings of held-out chapters, those that are long enough. */
function heldOutTexts(heldOut: readonly Uint8Array[], length: number, count: number): Uint8Array[] {
  const found = heldOut.filter((chapter) => chapter.length >= length).map((chapter) => chapter.subarray(0, length));
  if (found.length < count) throw new RangeError(`${found.length} held-out chapters have ${length} bytes, ${count} are needed`);
  return found.slice(0, count);
}

async function measuredPatterns(
  inputs: AttentionInputs,
  sizes: { readonly n: number; readonly blockSize: number; readonly key: Key },
): Promise<PatternFigures[]> {
  return withLayer(inputs, async (layer) => {
    const found: PatternFigures[] = [];
    for (const pattern of patternsOf(sizes)) found.push(summed(pattern, await pattern.measure(layer)));
    const pairs = pairPatternsOf(sizes);
    const kept = await measurePairs(layer, pairs);
    return [...found, ...pairs.map((pattern, at) => summed(pattern, kept[at] as Kept))];
  });
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const summed = ({ family, setting }: PatternSetting, { recall, share, error }: Kept): PatternFigures => ({
  family,
  setting,
  share: meanOf(share),
  recall: meanOf(recall),
  lowestHead: Math.min(...recall),
  error,
});

/** Each pattern over all layers. */
function overLayers(layers: readonly (readonly PatternFigures[])[]): PatternFigures[] {
  return (layers[0] ?? []).map((first, at): PatternFigures => {
    const all = layers.map((patterns) => patterns[at] as PatternFigures);
    return {
      ...first,
      share: meanOf(all.map(({ share }) => share)),
      recall: meanOf(all.map(({ recall }) => recall)),
      lowestHead: Math.min(...all.map(({ lowestHead }) => lowestHead)),
      error: first.error === null ? null : meanOf(all.map(({ error }) => error ?? 0)),
    };
  });
}

function calibrated(
  layers: readonly { readonly seen: Calibration; readonly unseen: Calibration }[],
  causalShare: number,
  names: readonly string[],
  recall: number,
): { readonly heads: HeadFigures[]; readonly uniform: UniformFigures[] } {
  const heads = layers.flatMap(({ seen, unseen }, layer) =>
    seen.heads.map(
      (choice, head): HeadFigures => ({
        layer,
        head,
        mask: names[choice.candidate] as string,
        share: choice.visitedFraction / causalShare,
        recall: choice.recall,
        unseenRecall: (unseen.heads[head] as Calibration['heads'][number]).measured[choice.candidate]?.recall ?? 0,
      }),
    ),
  );
  const uniform = names.map((mask, at): UniformFigures => {
    const all = layers.flatMap(({ seen }) => seen.heads.flatMap(({ measured }) => measured[at] ?? []));
    return {
      mask,
      share: meanOf(all.map(({ visitedFraction }) => visitedFraction)) / causalShare,
      recall: meanOf(all.map((one) => one.recall)),
      reached: all.filter((one) => one.recall >= recall).length,
    };
  });
  return { heads, uniform };
}
