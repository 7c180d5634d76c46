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
    id: 'train',
    title: 'Train',
    question: 'Watch a small model learn, here, from a task or from your text.',
    load: () => import('../views/train/view.tsx'),
  },
];
