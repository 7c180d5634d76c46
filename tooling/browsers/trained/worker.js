import { trained } from './trained.js';

self.onmessage = ({ data }) =>
  trained(data, (step) => self.postMessage({ step })).then(
    (result) => self.postMessage(result),
    (error) => self.postMessage({ error: String(error?.stack ?? error) }),
  );
