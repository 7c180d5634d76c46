// What a page's browser gives, Dawn gives to Node.
import { create, globals } from 'webgpu';

Object.assign(globalThis, globals);
globalThis.navigator ??= {};
globalThis.gpu = create([]); // held, else it is collected with its devices
Object.defineProperty(globalThis.navigator, 'gpu', { value: globalThis.gpu, configurable: true });
