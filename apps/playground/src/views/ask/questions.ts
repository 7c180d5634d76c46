/** Questions that ship with the samples, written before any of them was asked. */
const questions: Readonly<Record<string, readonly string[]>> = {
  'moby-dick-begin': ['Who shares the bed at the inn?', 'Why does Ishmael go to sea?', 'How does one get rid of melancholy?'],
  'moby-dick': ['How did Ahab lose his leg?', 'What is the gold coin on the mast for?', 'How is the oil taken out of the whale’s head?'],
  harbour: ['Who waited on the pier?', 'To whom was the letter sent?', 'Was there light in the tower?'],
  chinese: ['谁在码头上等着？', '信是寄给谁的？'],
  arabic: ['من كان ينتظر على الرصيف؟', 'لمن كانت الرسالة؟'],
};

export const questionsOf = (sample: string): readonly string[] => questions[sample] ?? [];

/** The question for another text: what a person has written stays, one that shipped with a sample becomes the new sample's. */
export function questionFor(sample: string | undefined, current: string): string {
  const isShipped = Object.values(questions).some((all) => all.includes(current));
  if (!isShipped) return current;
  const own = sample === undefined ? [] : questionsOf(sample);
  return own.includes(current) ? current : (own[0] ?? '');
}
