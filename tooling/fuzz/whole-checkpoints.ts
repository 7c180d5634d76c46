import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readSafetensors, type SafetensorsTensor, writeSafetensors } from '@longspan/core-tensor';
import type { NamedBytes } from '@longspan/models';
import { torchFileOf } from '../../packages/models/test/torch-bytes.ts';

/** The forms in which several files hold the weights of a checkpoint. */
export const forms = ['safetensors', 'torch'] as const;
export type Form = (typeof forms)[number];

/** A small checkpoint, whose weights lie in two files in each form. */
export interface WholeCheckpoint {
  readonly modelType: string;
  readonly config: object;
  readonly indexName: Readonly<Record<Form, string>>;
  readonly index: Readonly<Record<Form, object>>;
  /** The files of the weights, in each form. */
  readonly shards: Readonly<Record<Form, NamedBytes>>;
}

/** A case of the golden set for each family, with the reference's own config and weights, by its model_type. */
const cases: Readonly<Record<string, string>> = {
  bert: 'encoders/bert-masked-lm',
  big_bird: 'encoders/bigbird-sparse-eval',
  distilbert: 'encoders/distilbert-padded',
  funnel: 'encoders/funnel-base',
  'hierarchical-transformer': 'encoders/hat-late',
  hourglass: 'decoders/hourglass.paper.attention',
  led: 'encoders/led-conditional-generation',
  longformer: 'encoders/longformer-padded',
  longt5: 'encoders/longt5-transient-global',
  modernbert: 'usage/modernbert.masked_lm.untied-left-padded',
  mpnet: 'encoders/mpnet-padded',
  reformer: 'decoders/reformer.lm.local-lsh-local-axial-chunked',
  roberta: 'encoders/roberta-sequence-classification',
  'routing-transformer': 'decoders/routing.transformer.causal-shared-qk',
  swin: 'encoders/swin-square',
  swinv2: 'encoders/swinv2-square',
  'transfo-xl': 'decoders/transfoxl.lm.div2-shared',
  'xlm-roberta': 'encoders/xlm-roberta-question-answering',
};

/** A checkpoint of every family. */
export const wholeCheckpoints: readonly WholeCheckpoint[] = Object.entries(cases).map(([modelType, name]) => {
  const file = readFileSync(fileURLToPath(new URL(`../golden/${name}.safetensors`, import.meta.url)));
  const { metadata, tensors } = readSafetensors(file);
  const start = 'param.';
  const weights = [...tensors].flatMap(([each, entry]): readonly (readonly [string, SafetensorsTensor])[] =>
    each.startsWith(start)
      ? [[each.slice(start.length), { dtype: 'F32', shape: entry.shape, values: Float32Array.from(entry.values(), Number) }]]
      : [],
  );
  const config: object = { model_type: modelType, ...JSON.parse(metadata['config'] ?? '{}') };
  const halves = [0, 1].map((half) => Object.fromEntries(weights.filter((_, at) => at % 2 === half)));
  const namesOf = { safetensors: 'model-#.safetensors', torch: 'pytorch_model-#.bin' };
  const fileOf = (form: Form, half: number): string => namesOf[form].replace('#', String(half + 1));
  const written = { safetensors: (half: object) => writeSafetensors({ tensors: new Map(Object.entries(half)) }), torch: torchFileOf };
  const byForm = <Value>(of: (form: Form) => Value): Readonly<Record<Form, Value>> => ({
    safetensors: of('safetensors'),
    torch: of('torch'),
  });
  return {
    modelType,
    config,
    indexName: { safetensors: 'model.safetensors.index.json', torch: 'pytorch_model.bin.index.json' },
    index: byForm((form) => ({
      metadata: { total_size: 1000 },
      weight_map: Object.fromEntries(weights.map(([each], at) => [each, fileOf(form, at % 2)])),
    })),
    shards: byForm((form) => Object.fromEntries(halves.map((half, at) => [fileOf(form, at), written[form](half as never)]))),
  };
});
