import type { SafetensorsEntry } from '@longspan/core-tensor';
import type { Fixture } from '../fixture.ts';

/** How many tokens a [b, h, n, d] tensor holds. */
export function tokens({ shape }: SafetensorsEntry): number {
  const length = shape.at(-2);
  if (length === undefined || shape.length !== 4) throw new Error(`q, k and v must be [b, h, n, d], got [${shape.join(', ')}]`);
  return length;
}

/** config.scale as an option; left to the default, 1 / √d, where the reference was given none. */
export function scaleOf(fixture: Fixture): { readonly scale?: number } {
  const scale = fixture.config.optionalNumber('scale');
  return scale === undefined ? {} : { scale };
}
