// node --import tsx --conditions=@longspan/source src/models/run-stop.ts wasm longspan 2 [tokens] [stops]
import { parseArgs } from 'node:util';
import { loadavg } from 'node:os';
import { enableProdMode, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { measureStops, measureStretch } from './stop.ts';

const { positionals } = parseArgs({ allowPositionals: true });
const [backend = 'wasm', kernels = 'longspan', threads = '1', tokens = '16384', stops = '10'] = positionals;
const of = { backend, kernels, threads: Number(threads), tokens: Number(tokens) } as {
  readonly backend: 'cpu' | 'wasm';
  readonly kernels: 'longspan' | 'stock';
  readonly threads: number;
  readonly tokens: number;
};
enableProdMode();
await setBackend('cpu'); // for the weights
const figures = await measureStops({ ...of, stops: Number(stops), whole: backend !== 'cpu' });
const stretch = await measureStretch({ ...of, milliseconds: backend === 'cpu' ? 4000 : Number.POSITIVE_INFINITY });
const sorted = [...figures.stops].sort((a, b) => a - b);
console.log(
  JSON.stringify({
    ...of,
    run: figures.run && Math.round(figures.run),
    stopMedian: Math.round(sorted[Math.floor(sorted.length / 2)] as number),
    stopLongest: Math.round(sorted.at(-1) as number),
    longestTask: Math.round(figures.longestTask),
    longestStretch: Math.round(10 * stretch.longest) / 10,
    points: stretch.points,
    node: process.version,
    load: loadavg()[0]?.toFixed(1),
  }),
);
