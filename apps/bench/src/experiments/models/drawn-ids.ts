import { createKey, randomUniform } from '@longspan/core-tensor/key';

/** The first ids are padding and marks in every vocabulary here. */
const firstWord = 3;

/** Ids of words, drawn at random: what they say makes no difference to the time. */
export const drawnIds = (length: number, vocabulary: number, seed: number): Int32Array<ArrayBuffer> =>
  Int32Array.from(randomUniform(createKey(seed).fold('ids'), length), (share) => firstWord + Math.floor(share * (vocabulary - firstWord)));
