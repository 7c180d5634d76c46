import { loadParameters, type Parameters } from '@longspan/core-tensor';
import type { Progress } from '../../compute/job.ts';
import { startDevice } from '../../compute/start-device.ts';
import { compare, type Kept, spread } from './compare.ts';
import { mechanismIds } from './mechanisms.ts';
import { passageOf } from './passage.ts';
import { type ReaderAbout, readerModel } from './reader-model.ts';
import { forget, type Layered, type Read, type Reading, readPassage } from './reading.ts';

export interface LookRequest {
  /** The shown part of the text. */
  readonly shown: string;
  readonly language: string | undefined;
  /** Characters from its beginning. */
  readonly at: number;
  readonly context: number;
  /** From 0. */
  readonly layer: number;
  readonly budget: number;
}

export interface Looked {
  readonly reading: Reading;
  readonly layer: number;
  readonly budget: number;
  readonly queries: number;
  readonly kept: readonly Kept[];
}

interface Loaded {
  readonly about: ReaderAbout;
  readonly parameters: Parameters;
}

/** Queries over which a mechanism is averaged. */
const averaged = 96;

let loading: Promise<Loaded> | undefined;
let read: (Read & { readonly key: string }) | undefined;

export const api = {
  async about(site: string): Promise<ReaderAbout> {
    return (await load(site)).about;
  },

  /**
   * Reads the text before a word, tells where the heads look, and then says what each mechanism would keep of one layer's attention. What was
   * read last is kept.
   */
  async look(
    site: string,
    request: LookRequest,
    onRead: (looked: Looked) => void,
    say: (progress: Progress) => void,
  ): Promise<Looked | undefined> {
    say({ label: 'Loading the model' });
    const loaded = await load(site);
    const { shown, language, at, context, budget } = request;
    const key = JSON.stringify([shown, language, at, context]);
    const isNew = read?.key !== key;
    if (isNew || read === undefined) {
      const passage = passageOf(shown, at, context, language);
      if (passage === undefined) return undefined;
      say({ label: `Reading ${passage.bytes.length.toLocaleString('en')} bytes` });
      const made = { key, ...(await readPassage({ size: loaded.about.size, parameters: loaded.parameters }, passage)) };
      if (read !== undefined) forget(read);
      read = made;
    }
    const { reading, layers } = read;
    const layer = Math.min(request.layer, layers.length - 1);
    if (isNew) onRead({ reading, layer, budget, queries: 0, kept: [] });
    const queries = spread(reading.length, averaged);
    const kept: Kept[] = [];
    for (const [nth, id] of mechanismIds.entries()) {
      say({ label: `Comparing ${nth + 1} of ${mechanismIds.length} mechanisms`, share: nth / mechanismIds.length });
      kept.push(await compare(id, layers[layer] as Layered, { budget, queries, length: reading.length, heads: reading.heads }));
    }
    return { reading, layer, budget, queries: queries.length, kept };
  },
};

const load = (site: string): Promise<Loaded> => {
  loading ??= loadOnce(site).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
};

async function loadOnce(site: string): Promise<Loaded> {
  const fetched = async (name: string): Promise<Response> => {
    const answer = await fetch(new URL(`models/${name}`, site));
    if (!answer.ok) throw new Error(`The model could not be loaded (${name}). Is there a network? It is kept after the first visit.`);
    return answer;
  };
  // The processor's own: the model is small, and the numbers are then the same everywhere.
  const [about] = await Promise.all([
    fetched('reader.json').then((answer) => answer.json() as Promise<ReaderAbout>),
    startDevice(site, 'wasm'),
  ]);
  const bytes = await (await fetched(about.weights)).arrayBuffer();
  return { about, parameters: loadParameters(bytes, { layer: readerModel(about.size) }) };
}
