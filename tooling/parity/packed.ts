import { type PackedKind, saveParameters, writeSafetensors } from '@longspan/core-tensor';
import { type CheckpointSource, fromPretrained } from '@longspan/models';
import { type CheckpointPart, partOf } from './checkpoint.ts';
import type { Comparison } from './compare.ts';
import { modelOf } from './families/models/model-of.ts';
import type { Fixture } from './fixture.ts';
import { replayWithin } from './replay.ts';

/** Where a case's weights come from. */
export interface PackedCase {
  readonly precision: PackedKind;
  readonly parts: readonly CheckpointPart[];
  /** The folder that the weights lie in; undefined where the case has its own. */
  readonly folder: string | undefined;
  /** How far an output may be from the reference's, as a part of its largest number. */
  readonly bound: number;
}

/**
 * Replays the outputs of a case whose weights `fromPretrained` has packed, each within the bound of its family. There are no gradients, for
 * packed weights are constants, and whole numbers are not compared: a token of rounded weights may fall into another bucket.
 */
export async function replayPacked({ precision, parts, folder, bound }: PackedCase, fixture: Fixture): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const part of parts) {
    const source = folder ?? checkpointOf(fixture);
    const head = folder === undefined ? modelOf(fixture.family).head : part.head;
    const pretrained = await fromPretrained(source, { head, precision });
    let bytes: Uint8Array;
    try {
      bytes = await saveParameters(pretrained.parameters);
    } finally {
      pretrained.dispose();
    }
    const more = folder === undefined ? {} : { ...(await part.more?.(folder)) };
    const found = await replayWithin(part.replay, partOf(fixture, part, bytes, { ...pretrained.json, ...more }), bound);
    comparisons.push(...found.map((each) => ({ ...each, tensor: each.tensor.replace(/^out[.]/, `out.${part.prefix}`) })));
  }
  return comparisons;
}

/** A checkpoint with the config and the weights that a case has of its own. */
function checkpointOf({ family, config, tensors }: Fixture): CheckpointSource {
  const start = 'param.';
  const weights = [...tensors].flatMap(([name, { shape, values }]) =>
    name.startsWith(start)
      ? [[name.slice(start.length), { dtype: 'F32' as const, shape, values: Float32Array.from(values(), Number) }] as const]
      : [],
  );
  const json = { ...config.all(), model_type: modelOf(family).modelType };
  return {
    'config.json': new TextEncoder().encode(JSON.stringify(json)),
    'model.safetensors': writeSafetensors({ tensors: new Map(weights), metadata: { format: 'pt' } }),
  };
}
