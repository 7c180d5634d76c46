import { count } from '../../report/wording.ts';
import type { Checkpoint } from './input.ts';

/** What a checkpoint is called, in reports and as a folder. */
export const nameOf = ({ kind, size, maxTokens }: Checkpoint): string =>
  `${kind}, ${size.layers} layers of ${size.width}, up to ${count(maxTokens)} tokens`;
