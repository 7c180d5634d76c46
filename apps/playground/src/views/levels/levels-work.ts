import type { TextSegments } from '@longspan/hierarchical';
import { transfer } from 'comlink';
import type { Device } from '../../compute/device.ts';
import { startDevice } from '../../compute/start-device.ts';
import { type Embedded, embed, mostSimilar, type Similar } from './embedding.ts';
import type { LevelName } from './level-names.ts';
import { type Cut, cutText } from './segmenting.ts';

let segments: TextSegments | undefined;
let held = 0;
let embedded: Promise<Embedded> | undefined;
let device: Promise<Device> | undefined;

export const api = {
  /** Which text it has; 0 for none. */
  holds: (): number => held,

  /** Takes the text of which is asked from now on, and cuts it. */
  take(number: number, text: string, language: string | undefined, tell?: (characters: number) => void): Cut {
    embedded = undefined;
    held = number;
    const made = cutText(text, language, tell);
    segments = made.segments;
    const { word, sentence, paragraph, section, headings, rows } = made.cut;
    return transfer(
      made.cut,
      [word, sentence, paragraph, section, headings, rows].map(({ buffer }) => buffer as ArrayBuffer),
    );
  },

  /** The units most like one; the first time all units are given their vectors. */
  async similar(site: string, level: LevelName, unit: number, most: number): Promise<readonly Similar[]> {
    if (segments === undefined) throw new Error('No text was taken yet.');
    device ??= startDevice(site, 'wasm');
    await device;
    embedded ??= embed(segments);
    return mostSimilar(await embedded, level, unit, most);
  },
};
