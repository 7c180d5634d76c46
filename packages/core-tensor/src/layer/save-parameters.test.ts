import { withBackend } from '@longspan/tooling/expect';
import { tensor1d } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { loadParameters, saveParameters } from './save-parameters.ts';

beforeAll(() => withBackend('cpu'));

it('an unknown option of saving and of loading is an error that names the nearest', async () => {
  const parameters = { weight: tensor1d([1]) };
  await expect(saveParameters(parameters, { metdata: {} } as object)).rejects.toThrow(
    'saveParameters: every option must be one of those that saveParameters knows.\n' +
      '  expected  metadata\n  got       metdata\n  remedy    did you mean metadata? Else leave metdata out.',
  );
  const bytes = await saveParameters(parameters);
  expect(() => loadParameters(bytes, { prefx: 'a' } as object)).toThrow('did you mean prefix?');
  expect(() => loadParameters(bytes, null as unknown as object)).toThrow('loadParameters: options must be given as a record.');
});
