// A page that trains, itself or in its worker, and keeps a checkpoint of each step: ?place=page or ?place=worker.
import { trained } from './trained.js';

const { place, ...rest } = Object.fromEntries(new URLSearchParams(location.search));
const results = document.getElementById('results');
const show = ({ step, ...result }) => {
  if (step !== undefined) document.title = String(step);
  else results.textContent = JSON.stringify(result);
};
const failed = (error) => show({ error: String(error?.stack ?? error?.message ?? error) });

if (place === 'worker') {
  const worker = new Worker('./worker.js', { type: 'module' });
  worker.onmessage = ({ data }) => show(data);
  worker.onerror = failed;
  worker.postMessage(rest);
} else {
  await trained(rest, (step) => show({ step })).then(show, failed);
}
