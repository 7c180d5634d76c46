import { ConfigError, requireWhole } from '@longspan/core-tensor/error';

/** Throws unless the heads share the width evenly. */
export function requireHeads(door: string, { width, heads }: { readonly width: number; readonly heads: number }): void {
  requireWhole(door, { width, heads }, 1);
  if (width % heads === 0) return;
  throw new ConfigError({
    door,
    problem: 'the heads do not share the width evenly.',
    expected: 'width a multiple of heads',
    got: `width ${width}, heads ${heads}`,
    remedy: 'choose width = heads · headDim.',
  });
}
