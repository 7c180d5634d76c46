import { inNameOf } from '@longspan/core-tensor/error';
import { type HeadingRule, segmentText, type TextSegments } from '@longspan/hierarchical';
import type { stages, WorkOptions } from '../source/stages.ts';

/** How a document is cut into its units. */
export interface SegmentOptions extends WorkOptions {
  /** Language of the document, as Intl takes it; that of the machine by default. */
  readonly locale?: string | undefined;
  /** Says of a paragraph whether it is a heading; `isHeading` of @longspan/hierarchical by default. */
  readonly heading?: HeadingRule | undefined;
}

/**
 * Cuts a document into its units, and tells how far it is.
 * @cost that of segmentText
 */
export async function documentSegments(
  caller: string,
  text: string,
  {
    options: { locale, heading, progress, signal },
    step,
    previous,
  }: { readonly options: SegmentOptions; readonly step: ReturnType<typeof stages>; readonly previous?: TextSegments | undefined },
): Promise<TextSegments> {
  await step({ stage: 'segment', done: 0, total: text.length });
  const told = (done: number): void => {
    progress?.({ stage: 'segment', done, total: text.length });
    signal?.throwIfAborted(); // aborted by who is told
  };
  return inNameOf(caller, () => segmentText(text, { locale, heading, progress: told, previous }));
}
