import { choice, integer } from '../../state/field.ts';
import { urlState } from '../../state/url-state.ts';
import { samples } from '../../text/samples.ts';

export const segmentLengths = [16, 32, 64, 128, 256] as const;
export const memoryLengths = [0, 16, 32, 64, 128, 256, 512] as const;

export const memory = urlState('memory', {
  /** The sample that is read; a person's own text is in no link. */
  text: choice(
    'moby-dick',
    samples.map(({ id }) => id),
  ),
  /** Where the text that is streamed begins, characters; 0 for a place that the view chooses. */
  from: integer(0, { from: 0, to: 100_000_000 }),
  /** Bytes that are read at a time, and bytes before them that every layer remembers. */
  segment: integer(64, { from: 8, to: 256 }),
  memory: integer(128, { from: 0, to: 512 }),
  /** Which segment is being read, from 0. */
  step: integer(5, { from: 0, to: 100_000 }),
});
