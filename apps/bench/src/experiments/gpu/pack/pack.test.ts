import { expect, it } from 'vitest';
import { pack } from './pack.ts';

it('refuses another kind of file before anything is made', async () => {
  await expect(pack('here/gpu.zip', '/')).rejects.toThrow(`bench gpu --pack: the archive must be a tar file compressed by gzip.
  expected  a name that ends in .tar.gz or .tgz
  got       here/gpu.zip
  remedy    name it longspan-gpu.tar.gz, or as you like before .tar.gz.`);
});
