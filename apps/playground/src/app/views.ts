import type { ComponentType } from 'preact';

export interface ViewEntry {
  /** Its name in the URL. */
  readonly id: string;
  readonly title: string;
  /** What a person finds out there. */
  readonly question: string;
  load(): Promise<{ readonly View: ComponentType }>;
}

/** Every view is loaded when it is opened. */
export const views: readonly ViewEntry[] = [
  {
    id: 'pattern',
    title: 'Pattern',
    question: 'Which token may look at which, and what does that cost?',
    load: () => import('../views/pattern/view.tsx'),
  },
  {
    id: 'race',
    title: 'Race',
    question: 'How does time grow with length, here, for each mechanism?',
    load: () => import('../views/race/view.tsx'),
  },
  {
    id: 'train',
    title: 'Train',
    question: 'Watch a small model learn, here, from a task or from your text.',
    load: () => import('../views/train/view.tsx'),
  },
  {
    id: 'look',
    title: 'Look',
    question: 'Where does each head look in your text, and what would a sparse pattern miss?',
    load: () => import('../views/look/view.tsx'),
  },
  {
    id: 'buckets',
    title: 'Buckets',
    question: 'How does hashing find the keys that matter, and what does it miss?',
    load: () => import('../views/buckets/view.tsx'),
  },
  {
    id: 'memory',
    title: 'Memory',
    question: 'How far back does a segment memory really reach?',
    load: () => import('../views/memory/view.tsx'),
  },
  {
    id: 'undo',
    title: 'Undo',
    question: 'How does a reversible stack train without keeping its activations?',
    load: () => import('../views/undo/view.tsx'),
  },
  {
    id: 'levels',
    title: 'Levels',
    question: 'How does your text fall into words, sentences, paragraphs and sections, and what do models do with that?',
    load: () => import('../views/levels/view.tsx'),
  },
  {
    id: 'ask',
    title: 'Ask',
    question: 'Where in your document does it say so?',
    load: () => import('../views/ask/view.tsx'),
  },
];
