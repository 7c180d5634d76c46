import { expect, it } from 'vitest';
import { register } from '../src/index.ts';

it("without tfjs's wasm backend, register() says what to install", async () => {
  await expect(register()).rejects.toThrow(
    "register: tfjs's wasm backend must be imported first.\n" +
      "  expected  '@tensorflow/tfjs-backend-wasm' imported before register()\n" +
      '  got       no backend of the name wasm\n' +
      '  remedy    npm install @tensorflow/tfjs-backend-wasm, import it, then await register().',
  );
});
