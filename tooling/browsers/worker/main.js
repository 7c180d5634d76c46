// A page whose model runs in a worker: by its values, and by a run that is stopped in its middle.
import { modelInWorker } from '@longspan/models/worker';

const results = document.getElementById('results');
const largest = (one, other) => one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at])), 0);

async function run() {
  const { ids, hidden: expected } = await (await fetch('./checkpoint/expected.json')).json();
  let workers = 0;
  const start = () => {
    workers++;
    return new Worker(new URL('./model.worker.js', import.meta.url), { type: 'module' });
  };
  const events = new Set();
  const model = await modelInWorker(start, './checkpoint', { progress: ({ status }) => events.add(status) });
  const first = await model.apply([ids]);
  const controller = new AbortController();
  const long = Array.from({ length: 2048 }, (_, at) => at % 50);
  const stopped = model.apply([long], { signal: controller.signal }).then(
    () => 'ran to its end',
    (error) => (error === controller.signal.reason ? 'stopped' : String(error)),
  );
  setTimeout(() => controller.abort()); // by then the worker has it
  const error = await model.apply([[1, 2], [3]]).catch(({ name }) => name);
  const how = await stopped;
  const again = await model.apply([ids]);
  model.dispose();
  const { shape, values } = first.hidden;
  return {
    ...{ shape, error, stopped: how, workers, stopping: model.stopping.how, events: [...events] },
    errors: [largest(values, expected), largest(again.hidden.values, expected)],
    isolated: crossOriginIsolated,
  };
}

run().then(
  (found) => {
    results.textContent = JSON.stringify(found);
  },
  (error) => {
    results.textContent = JSON.stringify({ error: String(error?.stack ?? error) });
  },
);
