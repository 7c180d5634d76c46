import type { PackedKind, Spec } from '@longspan/core-tensor';
import type { Family } from '@longspan/models';
import { bert } from '@longspan/models/bert';
import { bigBird } from '@longspan/models/bigbird';
import { distilbert } from '@longspan/models/distilbert';
import { funnel } from '@longspan/models/funnel';
import { hat } from '@longspan/models/hat';
import { hourglass } from '@longspan/models/hourglass';
import { led } from '@longspan/models/led';
import { longformer } from '@longspan/models/longformer';
import { longT5 } from '@longspan/models/longt5';
import { modernbert } from '@longspan/models/modernbert';
import { mpnet } from '@longspan/models/mpnet';
import { reformer } from '@longspan/models/reformer';
import { roberta } from '@longspan/models/roberta';
import { routingTransformer } from '@longspan/models/routing-transformer';
import { swin } from '@longspan/models/swin';
import { swinv2 } from '@longspan/models/swinv2';
import { transformerXl } from '@longspan/models/transformer-xl';
import { xlmRoberta } from '@longspan/models/xlm-roberta';

/** A family in a size that people use. */
interface PublishedSize {
  /** The fixtures' word for the family. */
  readonly word: string;
  readonly title: string;
  readonly family: unknown;
  /** What is not the family's default, which is a published size as a rule. */
  readonly config?: object;
}

const everyThird = (layer: number): object => ({ sentence_encoder: true, document_encoder: layer % 3 === 2 });

const sizes: readonly PublishedSize[] = [
  { word: 'bert', title: 'BERT', family: bert },
  { word: 'bigbird', title: 'BigBird', family: bigBird },
  { word: 'distilbert', title: 'DistilBERT', family: distilbert },
  { word: 'funnel', title: 'Funnel', family: funnel },
  {
    word: 'hat',
    title: 'HAT',
    family: hat,
    config: { encoder_layout: Object.fromEntries(Array.from({ length: 12 }, (_, layer) => [layer, everyThird(layer)])) },
  },
  { word: 'hourglass', title: 'Hourglass', family: hourglass, config: { vocab_size: 256, vanilla_layers: [2, 2], hierarchy: '8@3' } },
  { word: 'led', title: 'LED', family: led },
  { word: 'longformer', title: 'Longformer', family: longformer },
  { word: 'longt5', title: "LongT5's encoder", family: longT5 },
  { word: 'modernbert', title: 'ModernBERT', family: modernbert },
  { word: 'mpnet', title: 'MPNet', family: mpnet },
  { word: 'reformer', title: 'Reformer', family: reformer },
  { word: 'roberta', title: 'RoBERTa', family: roberta },
  {
    word: 'routing',
    title: 'Routing Transformer',
    family: routingTransformer,
    config: { num_tokens: 20_000, dim: 512, depth: 12, max_seq_len: 8192, window_size: 128, causal: true },
  },
  { word: 'swin', title: 'Swin', family: swin },
  { word: 'swinv2', title: 'Swin V2', family: swinv2 },
  { word: 'transfoxl', title: 'Transformer-XL', family: transformerXl },
  { word: 'xlm_roberta', title: 'XLM-R', family: xlmRoberta, config: { vocab_size: 250_002 } },
];

/** What the weights of each family take in that size. */
export const publishedBytes = (): readonly {
  readonly word: string;
  readonly title: string;
  readonly weights: number;
  readonly bytes: Readonly<Record<'float32' | PackedKind, number>>;
}[] =>
  sizes.map(({ word, title, family, config = {} }) => {
    const { models, config: read } = family as Family;
    const [make] = models['model'] === undefined ? Object.values(models) : [models['model']];
    const { spec } = (make as unknown as (config: object) => { readonly spec: Spec })(read(config as never));
    const [float32, float16, int8] = [bytesIn(spec, 'float32'), bytesIn(spec, 'float16'), bytesIn(spec, 'int8')];
    return { word, title, weights: float32 / 4, bytes: { float32, float16, int8 } };
  });

/** Bytes of parameters in memory: of linear maps whole words of four bytes in each row, and in int8 a scale beside it. */
export function bytesIn(spec: Spec, precision: 'float32' | PackedKind): number {
  const perWord = { float32: 1, float16: 2, int8: 4 }[precision];
  return Object.values(spec).reduce((sum, { shape, packable }) => {
    const [rows = 1, width = 1] = shape;
    if (packable !== true || precision === 'float32') return sum + 4 * shape.reduce((product, size) => product * size, 1);
    return sum + 4 * rows * Math.ceil(width / perWord) + (precision === 'int8' ? 4 * rows : 0);
  }, 0);
}
