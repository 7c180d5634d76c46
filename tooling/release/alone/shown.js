import * as tf from '@tensorflow/tfjs';

/** Takes a step and writes its losses into the page. */
export async function shown(step) {
  tf.enableProdMode();
  const results = await step().catch((error) => ({ error: String(error?.stack ?? error?.message ?? error) }));
  document.getElementById('results').textContent = JSON.stringify(results);
}
