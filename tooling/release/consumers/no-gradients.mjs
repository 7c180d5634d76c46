import '@tensorflow/tfjs-backend-cpu';
import { everything, sparseAttention } from '@longspan/attention-sparse';
import { enableProdMode, grad, ones, setBackend } from '@tensorflow/tfjs-core';

enableProdMode();
await setBackend('cpu');
const q = ones([1, 1, 3, 4]);
try {
  grad((x) => sparseAttention(x, q, q, { mask: everything() }).out)(q);
  console.log('no error');
} catch (error) {
  console.log(error.message);
}
