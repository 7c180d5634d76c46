import { median } from '../../../figures/pairs.ts';
import { type Frames, framesOf } from '../frames.ts';
import type { ReadingNews, ReadingRequest } from './reading-worker.ts';

/** What the bench asks this page for. */
export interface ReadingPage {
  /** How far the reading is, from 0 to 1. */
  done: number;
  read(ids: readonly number[], rest: Omit<ReadingRequest, 'ids'>): Promise<Frames & { readonly seconds: number; readonly threads: number }>;
}

/** Seconds in which the page is at rest, for what a frame takes. */
const restSeconds = 2;

let shown: number[] = [];

/** A wheel that turns, drawn anew with each frame. */
function animate(): void {
  const canvas = document.querySelector('canvas');
  const context = canvas?.getContext('2d');
  if (canvas === null || canvas === undefined || context === null || context === undefined) throw new Error('the page has no canvas');
  const draw = (time: number): void => {
    shown.push(performance.now());
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.beginPath();
    context.arc(canvas.width / 2, canvas.height / 2, canvas.height / 3, time / 300, time / 300 + 4);
    context.stroke();
    requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);
}

const page: ReadingPage = {
  done: 0,
  async read(ids, rest) {
    animate();
    await new Promise((later) => setTimeout(later, 500)); // the page settles
    shown = [];
    await new Promise((later) => setTimeout(later, 1000 * restSeconds));
    const interval = median(shown.slice(1).map((time, at) => time - (shown[at] as number)));
    const worker = new Worker(new URL('/reading-worker.js', location.href), { type: 'module' });
    const finished = new Promise<{ readonly seconds: number; readonly threads: number }>((resolve, reject) => {
      let threads = 0;
      worker.addEventListener('error', ({ message }) => reject(new Error(message)));
      worker.addEventListener('message', ({ data }: MessageEvent<ReadingNews>) => {
        if (data.kind === 'begins') {
          threads = data.threads;
          shown = [];
        } else if (data.kind === 'slab') page.done = data.done;
        else if (data.kind === 'done') resolve({ seconds: data.seconds, threads });
        else reject(new Error(data.error));
      });
    });
    const request: ReadingRequest = { ...rest, ids: Int32Array.from(ids) };
    worker.postMessage(request);
    try {
      const { seconds, threads } = await finished;
      return { ...framesOf(shown, interval), seconds, threads };
    } finally {
      worker.terminate();
    }
  },
};
Object.assign(globalThis, { readingPage: page });
