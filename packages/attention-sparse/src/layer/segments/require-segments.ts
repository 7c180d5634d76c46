import { ConfigError, isRecord, isStamped, show } from '@longspan/core-tensor/error';
import type { Segments } from '../../mask/index.ts';

/** Throws unless it is what `segments` makes. */
export function requireSegments(caller: string, name: string, segments: Segments): void {
  if (isStamped(segments) && typeof segments.between === 'function') return;
  throw new ConfigError({
    caller,
    problem: `${name} must be segments.`,
    expected: 'segments({ text: 77, image: 196 })',
    got: show(segments),
    remedy: isRecord(segments) ? 'give segments(lengths), made of the same names and lengths.' : 'make them with segments(lengths).',
  });
}
