import type { AlignedText } from '../aligned-text.ts';
import type { Place } from '../place.ts';

/** Rewrites a text before it is split, and keeps for each unit the place that it came from. */
export type Normalizer = (text: AlignedText, place: Place) => AlignedText;
