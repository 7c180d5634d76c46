import { signal } from '@preact/signals';
import { notTooLong, readFile } from './read-file.ts';
import { type Sample, samples } from './samples.ts';

export interface LoadedText {
  /** A sample's, or 'own'. */
  readonly id: string;
  readonly title: string;
  /** Undefined where it is not known: a person's own text. */
  readonly language: string | undefined;
  readonly text: string;
}

export type TextState =
  | { readonly at: 'loading'; readonly title: string }
  | { readonly at: 'loaded'; readonly loaded: LoadedText }
  | { readonly at: 'failed'; readonly message: string };

/** The text that all views show. A person's own is in no URL and in no storage: it goes with the page. */
export const textState = signal<TextState | undefined>(undefined);

/** Why what was last wanted is not shown, where another text is. */
export const textRefused = signal<string | undefined>(undefined);

let current = 0;
let shown: LoadedText | undefined;

/** What comes last wins, whenever it arrives; where something fails, what was loaded before stays. */
async function load(title: string, read: () => Promise<LoadedText>): Promise<void> {
  current += 1;
  const mine = current;
  textRefused.value = undefined;
  textState.value = { at: 'loading', title };
  try {
    const loaded = await read();
    if (mine !== current) return;
    shown = loaded;
    textState.value = { at: 'loaded', loaded };
  } catch (error) {
    if (mine !== current) return;
    const message = error instanceof Error ? error.message : String(error);
    if (shown === undefined) textState.value = { at: 'failed', message };
    else {
      textRefused.value = message;
      textState.value = { at: 'loaded', loaded: shown };
    }
  }
}

export const loadSample = (id: string): Promise<void> => {
  const { title, language, load: read } = samples.find((each) => each.id === id) ?? (samples[0] as Sample);
  return load(title, async () => ({ id, title, language, text: await read() }));
};

export const loadFile = (file: File): Promise<void> =>
  load(file.name, async () => ({ id: 'own', title: file.name, language: undefined, text: await readFile(file) }));

export const loadPasted = (text: string): Promise<void> =>
  load('Pasted text', async () => ({ id: 'own', title: 'Pasted text', language: undefined, text: notTooLong(text) }));
