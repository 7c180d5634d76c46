import * as C from '@longspan/core-tensor';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { adaptiveSpan } from './drawn/adaptive-span.ts';
import { attentionPooling } from './drawn/attention-pooling.ts';
import { bigBird } from './drawn/big-bird.ts';
import { cross } from './drawn/cross.ts';
import { funnel } from './drawn/funnel.ts';
import { hat } from './drawn/hat.ts';
import { hourglass } from './drawn/hourglass.ts';
import { levels } from './drawn/levels.ts';
import { longformerLayers } from './drawn/longformer-layers.ts';
import { multiHead } from './drawn/multi-head.ts';
import { reformer } from './drawn/reformer.ts';
import { reformerLocal } from './drawn/reformer-local.ts';
import { segments } from './drawn/segments.ts';
import { sparseTransformer } from './drawn/sparse-transformer.ts';
import { swin } from './drawn/swin.ts';
import { transformerXl } from './drawn/transformer-xl.ts';
import { type Drawn, type Made, paddingOf } from './made.ts';

/** Draws a layer of any mechanism. */
export function make(c: Case): Made {
  const r = c.rng;
  const B = r.int(1, 3);
  const heads = r.pick([1, 2, 3]);
  const headDim = r.pick([1, 2, 3, 4, 5, 8]);
  const width = heads * headDim;
  const n = r.int(1, 40);
  const key = C.createKey(r.int(0, 1e9));
  const kind = r.pick([
    'mha',
    'mha',
    'mha',
    'longformer',
    'longformerLayer',
    'bigBird',
    'swin',
    'swinLayer',
    'sparseTransformer',
    'adaptiveSpan',
    'segments',
    'reformer',
    'reformerLocal',
    'xl',
    'xl',
    'hourglass',
    'hourglass',
    'hourglassLM',
    'funnel',
    'funnelDecoder',
    'hat',
    'levels',
    'reversible',
    'recompute',
    'transformer',
    'languageModel',
    'xlLM',
    'swinStages',
    'attentionPooling',
    'cross',
  ]);
  const blockSize = r.chance(0.5) ? undefined : r.pick([1, 2, 4, 8, 16]);
  const bs = blockSize ? { blockSize } : {};
  const pad = paddingOf(r, B, n, r.pick(['none', 'any', 'end'] as const));
  const padded = pad ? (b: number, i: number) => pad.rows[b]![i] === 0 : undefined;
  const context = pad ? (rows?: number[]) => ({ padding: pad.padding(rows) }) : undefined;
  const opt = (o: Loose) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined));
  const note = (o: Loose) => c.note({ layer: kind, B, n, width, heads, ...o, padding: pad?.rows });
  const drawn: Drawn = { c, r, B, heads, headDim, width, n, key, kind, blockSize, bs, pad, padded, context, opt, note };
  if (kind === 'mha' || kind === 'transformer' || kind === 'recompute' || kind === 'reversible' || kind === 'languageModel')
    return multiHead(drawn);
  if (kind === 'longformer' || kind === 'longformerLayer') return longformerLayers(drawn);
  if (kind === 'bigBird') return bigBird(drawn);
  if (kind === 'swin' || kind === 'swinLayer' || kind === 'swinStages') return swin(drawn);
  if (kind === 'sparseTransformer') return sparseTransformer(drawn);
  if (kind === 'adaptiveSpan') return adaptiveSpan(drawn);
  if (kind === 'segments') return segments(drawn);
  if (kind === 'reformer') return reformer(drawn);
  if (kind === 'reformerLocal') return reformerLocal(drawn);
  if (kind === 'xl' || kind === 'xlLM') return transformerXl(drawn);
  if (kind === 'hourglass' || kind === 'hourglassLM') return hourglass(drawn);
  if (kind === 'funnel' || kind === 'funnelDecoder') return funnel(drawn);
  if (kind === 'hat') return hat(drawn);
  if (kind === 'levels') return levels(drawn);
  if (kind === 'attentionPooling') return attentionPooling(drawn);
  return cross(drawn);
}
