// A page whose service worker computes, as the background of a browser extension does.
navigator.serviceWorker.addEventListener('message', ({ data }) => {
  document.getElementById('results').textContent = JSON.stringify(data);
});
navigator.serviceWorker
  .register('worker.js')
  .then(() => navigator.serviceWorker.ready)
  .then(({ active }) => active.postMessage('compute'));
