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
    id: 'look',
    title: 'Look',
    question: 'Where does each head look in your text, and what would a sparse pattern miss?',
    load: () => import('../views/look/view.tsx'),
  },
  {
    id: 'memory',
    title: 'Memory',
    question: 'How far back does a segment memory really reach?',
    load: () => import('../views/memory/view.tsx'),
  },
];
