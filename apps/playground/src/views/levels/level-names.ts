/** The levels of a text, the smallest first. */
export const levelNames = ['word', 'sentence', 'paragraph', 'section'] as const;
export type LevelName = (typeof levelNames)[number];
