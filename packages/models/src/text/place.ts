/** Where in the whole text the piece stands that a step is given: what is added or cut off at its ends is so only there. */
export interface Place {
  /** It begins where the text, or an added token's neighbour, begins; else a piece of the same words came before it. */
  readonly isStart: boolean;
  /** It ends where they end. */
  readonly isEnd: boolean;
}

export const whole: Place = { isStart: true, isEnd: true };
