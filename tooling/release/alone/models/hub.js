// Loads a checkpoint of a hub twice, the second time without asking it: ?endpoint=http://…
import { fromPretrained } from '@longspan/models';
import { bert } from '@longspan/models/bert';
import * as tf from '@tensorflow/tfjs';

const scripts = () =>
  performance
    .getEntriesByType('resource')
    .map(({ name }) => new URL(name).pathname)
    .filter((path) => path.endsWith('.js'));

async function loaded() {
  await tf.setBackend('cpu');
  const endpoint = new URLSearchParams(location.search).get('endpoint');
  const hiddenOf = async (more) => {
    const { model, parameters, report, dispose } = await fromPretrained('org/tiny', { endpoint, family: bert, head: 'model', ...more });
    const { hidden } = model.apply(parameters, tf.tensor2d([[1, 2, 3]], [1, 3], 'int32'));
    const values = [...(await hidden.data())];
    dispose();
    return { values, files: report.files };
  };
  const [first, again] = [await hiddenOf({}), await hiddenOf({ offline: true })];
  return { first, again, scripts: scripts() };
}

tf.enableProdMode();
const results = await loaded().catch((error) => ({ error: String(error?.stack ?? error?.message ?? error) }));
document.getElementById('results').textContent = JSON.stringify(results);
