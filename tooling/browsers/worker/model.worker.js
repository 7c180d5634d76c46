import { bert } from '@longspan/models/bert';
import { serveModels } from '@longspan/models/worker';
import { register } from '@longspan/wasm-backend';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

setWasmPaths('/tfjs/');
await register();
serveModels({ families: [bert] });
