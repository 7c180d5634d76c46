/** The views of the playground, in the order of its page. */
export const views = ['pattern', 'race', 'train', 'look', 'buckets', 'memory', 'undo', 'levels', 'ask'] as const;

export interface PlaygroundInput {
  readonly view: (typeof views)[number];
  /** Fresh visits whose times are taken. */
  readonly visits: number;
  /** Whether the picture is dragged for some seconds: in the view of patterns. */
  readonly pans: boolean;
}

export interface PlaygroundFigures {
  /** From the request to the view on the screen, ms; the median of the visits. */
  readonly shown: number;
  /** What was loaded until then, compressed as hosts do it, bytes. */
  readonly bytes: number;
  /** The longest task of the main thread in the seconds after, while the view's own work runs, ms; 0 where none was over 50. */
  readonly longestTask: number;
  /** Frames in a second while the picture is dragged; null where it was not. */
  readonly framesPerSecond: number | null;
  readonly browser: string;
}
