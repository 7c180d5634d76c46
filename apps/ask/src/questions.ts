/** A question with the place in the book that was meant when it was written. */
export interface ExpectedQuestion {
  readonly question: string;
  /** What the chapter begins with. */
  readonly chapter: string;
  /** Words that stand in the passage, and nowhere else in the book. */
  readonly words: string;
}

/** The questions that `npm start` asks Moby-Dick. They were written before any search had been run, and stay as they are: a miss is shown as one. */
export const questions: readonly ExpectedQuestion[] = [
  {
    question: 'What does Ahab promise to the man who first sees the white whale?',
    chapter: 'CHAPTER 36. The Quarter-Deck.',
    words: 'he shall have this gold ounce',
  },
  {
    question: 'What do they get for supper at the inn in Nantucket?',
    chapter: 'CHAPTER 15. Chowder.',
    words: 'small juicy clams',
  },
  {
    question: 'How is the narrator saved after the ship has gone down?',
    chapter: 'EPILOGUE',
    words: 'Buoyed up by that coffin',
  },
];
