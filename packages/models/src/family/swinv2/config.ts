import { ConfigError, show } from '@longspan/core-tensor/error';
import * as z from 'zod/mini';
import { count } from '../../config/kinds.ts';
import { type ConfigJson, readConfig } from '../../config/read-config.ts';
import { requireStages, type SwinKeys, swinKeys } from '../../image/swin-kinds.ts';

/** The keys of Swin V2's config.json, in camelCase. */
export interface Swinv2Config extends SwinKeys {
  /** Of each stage, the side of the windows that it was pretrained with; 0 for windowSize. */
  readonly pretrainedWindowSizes?: readonly number[] | undefined;
}

const schema = z.looseObject({ ...swinKeys, pretrainedWindowSizes: z.optional(z.array(count(0))) });

/**
 * Reads the config of a Swin V2: the content of config.json, or the same keys in camelCase. What is missing has Hugging Face's default.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * swinv2Config({ window_size: 8, image_size: 256 }).embedDim; // => 96
 */
export function swinv2Config(config: ConfigJson | Partial<Swinv2Config>): Swinv2Config {
  const read = requireStages('swinv2Config', readConfig('swinv2Config', schema, config));
  const { depths, pretrainedWindowSizes: sides } = read;
  // The reference's default is four zeros, whatever the number of stages.
  if (sides === undefined || sides.length >= depths.length) return read;
  throw new ConfigError({
    caller: 'swinv2Config',
    problem: 'pretrained_window_sizes must have one number for each stage.',
    expected: `${depths.length} numbers  (set by depths)`,
    got: show(sides),
    remedy: "check config.json: it must belong to this family's checkpoint.",
  });
}
