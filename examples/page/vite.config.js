const isolated = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }; // for threads

export default {
  worker: { format: 'es' }, // the worker loads chunks, which Vite's default for workers, 'iife', cannot have
  server: { headers: isolated },
  preview: { headers: isolated },
};
