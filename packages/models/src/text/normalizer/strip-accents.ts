import { byCharacter } from './by-character.ts';
import type { Normalizer } from './normalizer.ts';

const plain = { run: /[\p{ASCII}\u0080-\u02ff]+/uy, of: (text: string) => text };

/** Leaves out combining marks of every kind. */
export const stripAccents: Normalizer = byCharacter((character) => (/\p{M}/u.test(character) ? '' : character), plain);

/** Leaves out those that take no room, as BERT does. */
export const stripNonspacing: Normalizer = byCharacter((character) => (/\p{Mn}/u.test(character) ? '' : character), plain);
