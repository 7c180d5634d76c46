// node --import tsx --conditions=@longspan/source src/models/run-stop.ts wasm longspan 2 [tokens] [stops] [whole | part] [ms of the run that is looked at]

import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { enableProdMode, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { measureStops, measureStretch } from './stop.ts';

const { positionals } = parseArgs({ allowPositionals: true });
const [backend = 'wasm', kernels = 'longspan', threads = '1', tokens = '16384', stops = '10', whole = 'whole', milliseconds = 'Infinity'] =
  positionals;
const of = { backend, kernels, threads: Number(threads), tokens: Number(tokens) } as {
  readonly backend: 'cpu' | 'wasm';
  readonly kernels: 'longspan' | 'stock';
  readonly threads: number;
  readonly tokens: number;
};
enableProdMode();
const stretch = await measureStretch({ ...of, milliseconds: Number(milliseconds) });
console.log(JSON.stringify({ ...of, longestStretch: stretch.longest, points: stretch.points, processor: stretch.processor }));
await setBackend('cpu'); // for the weights
const figures = await measureStops({ ...of, stops: Number(stops), whole: whole === 'whole' });
const sorted = [...figures.stops].sort((a, b) => a - b);
console.log(
  JSON.stringify({
    ...of,
    run: figures.run && Math.round(figures.run),
    stopMedian: Math.round(sorted[Math.floor(sorted.length / 2)] as number),
    stopLongest: Math.round(sorted.at(-1) as number),
    longestTask: Math.round(figures.longestTask),
    node: process.version,
    load: loadavg()[0]?.toFixed(1),
  }),
);
