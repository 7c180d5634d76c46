import { signal } from '@preact/signals';
import { connection } from '../../compute/connection.ts';
import { job } from '../../compute/job.ts';
import type { LoadedText } from '../../text/loaded-text.ts';
import { isEncoderKept } from './encoder-files.ts';
import type { Found } from './passages.ts';

// One for as long as the page is open: what was read stays read while a person looks at other views.
export const worker = connection('ask');
export const asking = job<Found>();

/** Words alone are found by another worker, which is there while the first one fetches its model and reads. */
export const wordWorker = connection('words');

/** The texts that the worker holds, by their keys, the last one last. */
export const readKeys = signal<readonly string[]>([]);

/** Which text is asked, or was last. */
export const askedKey = signal<string | undefined>(undefined);

/** Whether the model is on this device already. */
export const isKept = signal(false);
export const lookForEncoder = async (): Promise<void> => {
  isKept.value = await isEncoderKept().catch(() => false);
};

const keys = new WeakMap<LoadedText, string>();
let texts = 0;

/** What the worker knows a text by: samples are the same each time they are loaded. */
export function keyOf(loaded: LoadedText): string {
  if (loaded.id !== 'own') return loaded.id;
  const known = keys.get(loaded) ?? `own ${++texts}`;
  keys.set(loaded, known);
  return known;
}
