// The page asks, a worker computes: the page stays alive meanwhile.
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }) => {
  document.querySelector('pre').textContent = JSON.stringify(data);
};
worker.onerror = ({ message }) => {
  document.querySelector('pre').textContent = JSON.stringify({ error: message });
};
worker.postMessage({ tokens: 4096 });
