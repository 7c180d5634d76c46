import { expect, it } from 'vitest';
import { fromPretrained, savePretrained } from '../index.ts';
import { folderPath } from './folder-path.ts';

it('takes paths and addresses of files', () => {
  expect([folderPath('read', 'models/mine'), folderPath('read', 'file:///models/m%20ine')]).toEqual(['models/mine', '/models/m ine']);
});

it.each(['a\nb\0c', 'file:///models/a%00b', 'file://elsewhere/models/a', 'file:///a%2Fb'])('refuses %j, which no file can have', (text) => {
  expect(() => folderPath('read', text)).toThrow('read: a folder must be named by a path that files can have.');
});

it('does so for whoever reads or writes one', async () => {
  await expect(fromPretrained('a\0b')).rejects.toThrow('fromPretrained: a folder must be named by a path');
  await expect(savePretrained({} as never, 'a\0b')).rejects.toThrow('savePretrained: ');
});
