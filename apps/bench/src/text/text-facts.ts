import { createHash } from 'node:crypto';
import { z } from 'zod';
import { joined, split, type Text } from './text.ts';

/** What a report says of a text, as `results.json` keeps it. */
export const textFactsSchema = z.object({
  name: z.string(),
  bytes: z.number(),
  pieces: z.number(),
  pieceName: z.string(),
  heldOutPieces: z.number(),
  heldOutBytes: z.number(),
  sha256: z.string(),
});

export type TextFacts = z.infer<typeof textFactsSchema>;

export function factsOf(text: Text): TextFacts {
  const bytes = joined(text.pieces);
  const { heldOut } = split(text);
  return {
    name: text.name,
    bytes: bytes.length,
    pieces: text.pieces.length,
    pieceName: text.pieceName,
    heldOutPieces: heldOut.length,
    heldOutBytes: joined(heldOut).length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}
