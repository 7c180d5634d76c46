import type { Cover, Span } from '@longspan/core-tensor/layout';

/** What a mask says of a rectangle. */
export interface Described {
  readonly cover: Cover;
  /** Where the cover is 'some'; undefined where the mask knows none. */
  readonly pattern: string | undefined;
}

export type Describe = (queries: Span, keys: Span) => Described;

/** What is asked of a mask here. */
interface Describable {
  cover(queries: Span, keys: Span): Cover;
  pattern(queries: Span, keys: Span): string | undefined;
}

/** How masks of masks describe a rectangle: both answers from one walk over the parts. */
const describes = new WeakMap<Describable, Describe>();

export const describedBy = (made: Describable, describe: Describe): void => void describes.set(made, describe);

/**
 * Cover and pattern of a rectangle at once. Asked one after the other at every level of an expression, the parts below would be asked as
 * often as the expression is deep.
 */
export function described(one: Describable, queries: Span, keys: Span): Described {
  const describe = describes.get(one);
  if (describe !== undefined) return describe(queries, keys);
  const cover = one.cover(queries, keys);
  return { cover, pattern: cover === 'some' ? one.pattern(queries, keys) : cover };
}
