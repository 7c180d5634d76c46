import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { expect, it, vi } from 'vitest';
import { register } from '../src/index.ts';

it("where tfjs's wasm backend cannot start, register() says what may be missing", async () => {
  for (const say of ['warn', 'error'] as const) vi.spyOn(console, say).mockImplementation(() => {});
  setWasmPaths('/nowhere/');
  await expect(register()).rejects.toThrow(
    "register: tfjs's wasm backend must start.\n" +
      "  expected  its .wasm files beside the page's script, or where setWasmPaths() says\n" +
      "  got       what tfjs's warning says\n" +
      "  remedy    copy them from @tensorflow/tfjs-backend-wasm/dist to where the page is served, and setWasmPaths('/that/folder/') " +
      'before register().',
  );
});
