import { z } from 'zod';
import { mechanismIds } from './mechanisms.ts';
import { subjectIds } from './subjects.ts';

export const widths = [16, 32, 64, 128, 256] as const;
export const headCounts = [1, 2, 4, 8] as const;
export const backends = ['wasm', 'webgpu'] as const;

/** The bounds of the settings that are integers, for their fields, for links and for files. */
export const bounds = {
  span: { from: 1, to: 128 },
  layers: { from: 1, to: 6 },
  context: { from: 8, to: 256 },
  batch: { from: 1, to: 128 },
  steps: { from: 5, to: 20_000 },
  seed: { from: 0, to: 2 ** 31 - 1 },
} as const;
export const rates = { from: 0.000_01, to: 1 } as const;

const integer = ({ from, to }: { readonly from: number; readonly to: number }) => z.int().min(from).max(to);

/** All that a run follows from, but its text: the same settings give the same weights. A file says them too, so they are checked. */
export const settingsSchema = z.object({
  subject: z.enum(subjectIds),
  /** The values of the task's sizes, in their order. */
  sizes: z.array(z.int().min(0).max(1024)).max(8),
  mechanism: z.enum(mechanismIds),
  span: integer(bounds.span),
  width: z.union(widths.map((each) => z.literal(each))),
  heads: z.union(headCounts.map((each) => z.literal(each))),
  layers: integer(bounds.layers),
  /** Tokens of a row, where a text is learnt. */
  context: integer(bounds.context),
  batch: integer(bounds.batch),
  steps: integer(bounds.steps),
  rate: z.number().min(rates.from).max(rates.to),
  seed: integer(bounds.seed),
});
export type Settings = z.infer<typeof settingsSchema>;

/** What the shape of a model's weights follows from. */
export const modelOf = ({ subject, sizes, mechanism, width, heads, layers, context }: Settings): string =>
  JSON.stringify([subject, sizes, mechanism, width, heads, layers, subject === 'text' ? context : 0]);

/** Steps from one judgement on examples that are not trained on to the next. */
export const judgedEvery = ({ steps }: Pick<Settings, 'steps'>): number => Math.max(5, Math.round(steps / 40));
