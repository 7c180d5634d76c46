import { createIndex, type DocumentIndex, type DocumentProgress, type TextModel } from '@longspan/models/documents';
import { type Device, describeDevice } from '../../compute/device.ts';
import type { Progress } from '../../compute/job.ts';
import { startDevice } from '../../compute/start-device.ts';
import { bytes, count } from '../../controls/wording.ts';
import { readEncoder } from './encoder.ts';
import { encoderBytes, fetchEncoder } from './encoder-files.ts';
import { find } from './finding.ts';
import { keepIndex, keptIndex } from './kept-index.ts';
import { type AskedText, type Found, mostHeld, type Question, type Reading, windowTokens } from './passages.ts';
import { progressTeller } from './progress-teller.ts';

type Say = (progress: Progress) => void;

interface Ready {
  readonly model: TextModel;
  readonly device: Device;
}

interface Read {
  readonly index: DocumentIndex;
  readonly reading: Reading;
}

let ready: Promise<Ready> | undefined;
const held = new Map<string, Read>();

async function start(site: string, say: Say): Promise<Ready> {
  const starting = startDevice(site, 'wasm');
  const tell = progressTeller(say);
  const files = await fetchEncoder(site, (there) =>
    tell({ label: `Getting the model: ${bytes(there)} of ${bytes(encoderBytes)}`, share: there / encoderBytes }),
  );
  say({ label: 'Building the model' });
  const device = await starting;
  return { model: await readEncoder(files), device };
}

const stageLabels = { segment: 'Cutting into sentences', tokenize: 'Making tokens' } as const;

/** What a person is told while a text is read: its part, and how long the rest will take. */
function readingTold(say: Say): (progress: DocumentProgress) => void {
  const tell = progressTeller(say);
  let begin = 0;
  return ({ stage, done, total }) => {
    const share = total === 0 ? 1 : done / total;
    if (stage !== 'read') return tell({ label: `${stageLabels[stage]}: ${count(done)} of ${count(total)} characters`, share });
    if (done === 0) begin = performance.now();
    const left = ((performance.now() - begin) * (total - done)) / Math.max(1, done) / 1000;
    const rest = done === 0 ? '' : `, ${left < 90 ? `${Math.ceil(left)} s` : `${Math.ceil(left / 60)} minutes`} left`;
    tell({ label: `Reading: ${count(done)} of ${count(total)} windows${rest}`, share });
  };
}

async function read(site: string, text: string, { sample, language }: AskedText, { model, device }: Ready, say: Say): Promise<Read> {
  const begin = performance.now();
  const took = (index: DocumentIndex, isKept: boolean): Read => ({
    index,
    reading: { windows: index.read.length, milliseconds: performance.now() - begin, isKept, device: describeDevice(device) },
  });
  const kept = sample === undefined ? undefined : await keptIndex(site, sample, text, model);
  if (kept !== undefined) return took(kept, true);
  const index = await createIndex(text, model, { locale: language, length: windowTokens, progress: readingTold(say) });
  if (sample !== undefined) void keepIndex(site, sample, index);
  return took(index, false);
}

export const api = {
  /** Whether a text was read, and need not come again. */
  holds: (key: string): boolean => held.has(key),

  /** Finds what fits a question. The first one fetches the model, and the first one about a text reads it. */
  async ask(site: string, asked: AskedText, text: string | undefined, question: Question, say: Say): Promise<Found> {
    ready ??= start(site, say).catch((error) => {
      ready = undefined;
      throw error;
    });
    const network = await ready;
    const known = held.get(asked.key);
    if (known === undefined && text === undefined) throw new Error('The text was not read yet.');
    const { index, reading } = known ?? (await read(site, text as string, asked, network, say));
    held.delete(asked.key);
    held.set(asked.key, { index, reading });
    for (const key of [...held.keys()].slice(0, -mostHeld)) held.delete(key);
    return find(index, { key: asked.key, question, reading });
  },
};
